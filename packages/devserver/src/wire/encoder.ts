import { Buffer } from 'node:buffer';

/** Wire types of protobuf; a field's number and wire type are one byte. */
const VARINT = 0;
const BYTES = 2;

/**
 * Writes one protobuf message from its end to its beginning, so that the length of a nested message is known when it is needed.
 * `room` bytes must be enough. It replaces the stubs for the one message that is sent per event: to build and serialize that with
 * the stubs costs several times as much as everything else that the server does for an event.
 */
export class Encoder {
  private readonly bytes: Buffer;
  private at: number;

  constructor(room: number) {
    this.bytes = Buffer.allocUnsafe(room);
    this.at = room;
  }

  /** The bytes of the message. The fields must have been written in reverse order. */
  done(): Buffer {
    return this.bytes.subarray(this.at);
  }

  message(field: number, write: () => void): void {
    const end = this.at;
    write();
    this.head(field, end - this.at);
  }

  text(field: number, value: string, length = Buffer.byteLength(value)): void {
    this.at -= length;
    this.bytes.write(value, this.at, 'utf8');
    this.head(field, length);
  }

  raw(field: number, value: Uint8Array): void {
    this.at -= value.length;
    this.bytes.set(value, this.at);
    this.head(field, value.length);
  }

  /** 0 is the default, and left out unless `kept`. */
  number(field: number, value: number | bigint, kept = false): void {
    if (!kept && Number(value) === 0) return;
    this.varint(value);
    this.bytes[--this.at] = (field << 3) | VARINT;
  }

  private head(field: number, length: number): void {
    this.varint(length);
    this.bytes[--this.at] = (field << 3) | BYTES;
  }

  private varint(value: number | bigint): void {
    if (typeof value === 'bigint') return this.large(value);
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
    this.at -= size;
    let rest = value;
    for (let i = this.at; i < this.at + size - 1; i++, rest = Math.floor(rest / 0x80)) this.bytes[i] = (rest % 0x80) | 0x80;
    this.bytes[this.at + size - 1] = rest;
  }

  private large(value: bigint): void {
    const groups: number[] = [];
    for (let rest = value; rest > 0n; rest >>= 7n) groups.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    this.at -= groups.length;
    this.bytes.set(groups, this.at);
  }
}
