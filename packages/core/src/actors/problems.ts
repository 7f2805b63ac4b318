import { WaybillError, describe } from '../base/errors';
import { namesOf } from '../messages/message';
import type { MethodEntry } from './decorators';

/** Every problem of one class, raised together. */
export class Problems {
  private readonly found: WaybillError[] = [];
  constructor(private readonly where: string) {}

  get none(): boolean {
    return this.found.length === 0;
  }
  add(code: string, what: string, fix: string): void {
    this.found.push(new WaybillError(code, `${what} (${this.where})`, fix));
  }
  collect<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.found.push(
        error instanceof WaybillError
          ? error
          : new WaybillError(
              'DEFINITION_FAILED',
              `${this.where}: ${describe(error)}`,
              'make it run without other actors, files or network',
              { cause: error },
            ),
      );
      return undefined;
    }
  }
  twice(methods: readonly MethodEntry[], decorator: string): void {
    const seen = new Map<string, MethodEntry>();
    for (const entry of methods) {
      const type = namesOf(entry.message).find((name) => seen.has(name));
      const other = type === undefined ? undefined : seen.get(type);
      if (other) this.add('TWO_METHODS', `@${decorator}(${type}) stands above "${other.method}" and "${entry.method}"`, 'keep one of them');
      for (const name of namesOf(entry.message)) seen.set(name, entry);
    }
  }
  /** @throws WaybillError the problem, or `DEFINITION_INVALID` with all of them. */
  raise(): void {
    const [first, second] = this.found;
    if (first && !second) throw first;
    if (first)
      throw new WaybillError(
        'DEFINITION_INVALID',
        `${this.found.length} problems in ${this.where}:\n  ${this.found.map((p) => p.message).join('\n  ')}\n`,
        'correct each of them',
      );
  }
}
