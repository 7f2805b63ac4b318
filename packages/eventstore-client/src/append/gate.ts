/** Lets a limited number in at once; the others wait in the order of their arrival. */
export class Gate {
  private readonly waiting: (() => void)[] = [];
  private next = 0;

  constructor(private free: number) {}

  /** Undefined when there is room at once. */
  enter(): Promise<void> | undefined {
    if (this.free > 0) {
      this.free--;
      return undefined;
    }
    return new Promise((resolve) => void this.waiting.push(resolve));
  }

  leave(): void {
    const waiter = this.waiting[this.next];
    if (waiter === undefined) {
      this.free++;
      return;
    }
    this.next++;
    if (this.next >= 1_024 || this.next === this.waiting.length) (this.waiting.splice(0, this.next), (this.next = 0));
    waiter();
  }
}
