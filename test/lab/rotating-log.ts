import { closeSync, existsSync, openSync, renameSync, writeSync } from "node:fs";

/** A log that is written and rotated as auditd does it: audit.log → .1 → .2 …, all kept. Remembers every byte. */
export class RotatingLog implements Disposable {
  readonly #path: string;
  readonly #written: Buffer[] = [];
  #descriptor: number;
  rotations = 0;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "a", 0o640);
  }

  write(bytes: Buffer): void {
    this.#written.push(bytes);
    writeSync(this.#descriptor, bytes);
  }

  rotate(): void {
    closeSync(this.#descriptor);
    for (let age = this.rotations; age >= 0; age -= 1) {
      const from = age === 0 ? this.#path : `${this.#path}.${age}`;
      if (existsSync(from)) renameSync(from, `${this.#path}.${age + 1}`);
    }
    this.rotations += 1;
    this.#descriptor = openSync(this.#path, "a", 0o640);
  }

  /** All that was ever written, in order. */
  bytes(): Buffer {
    return Buffer.concat(this.#written);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
