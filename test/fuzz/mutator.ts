import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../bench/random.ts";

/** Every line of the audit fixtures, without its newline. */
export function corpus(): Buffer[] {
  const folder = join(import.meta.dirname, "../fixtures/audit");
  return globSync("*/input.log", { cwd: folder })
    .sort()
    .flatMap((file) => {
      const bytes = readFileSync(join(folder, file));
      const lines: Buffer[] = [];
      for (let start = 0; start < bytes.length; ) {
        const newline = bytes.indexOf(10, start);
        const end = newline < 0 ? bytes.length : newline;
        lines.push(bytes.subarray(start, end));
        start = end + 1;
      }
      return lines;
    });
}

/** Harms lines of a corpus; the same seed harms the same way. A line never holds a newline. */
export class Mutator {
  readonly #random: Random;
  readonly #lines: readonly Buffer[];

  constructor(seed: number, lines: readonly Buffer[]) {
    this.#random = new Random(seed);
    this.#lines = lines;
  }

  /** One line, harmed in one to three ways. */
  line(): Buffer {
    let line: Buffer = Buffer.from(this.#random.pick(this.#lines));
    for (let times = 1 + this.#random.below(3); times > 0; times -= 1) line = this.#harmed(line);
    return Buffer.from(line.filter((byte) => byte !== 10));
  }

  /** This many harmed lines, each with its newline. */
  log(count: number): Buffer {
    return Buffer.concat(
      Array.from({ length: count }, () => Buffer.concat([this.line(), Buffer.from("\n")])),
    );
  }

  #harmed(line: Buffer): Buffer {
    const random = this.#random;
    const at = random.below(line.length + 1);
    const marks = [
      '"',
      "'",
      "=",
      "{",
      "}",
      "(",
      ")",
      "\x1d",
      "\0",
      " ",
      ":",
      "msg='",
      "avc:  denied  { ",
      "type=",
      "node=",
      "a1[0]=",
    ];
    switch (random.below(8)) {
      case 0: {
        // A bit.
        const copy = Buffer.from(line);
        if (copy.length > 0) copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ (1 << random.below(8));
        return copy;
      }
      case 1:
        return line.subarray(0, at);
      case 2:
        return line.subarray(at);
      case 3:
        return Buffer.concat([line.subarray(0, at), Buffer.from(random.pick(marks)), line.subarray(at)]);
      case 4: {
        // Random bytes.
        const noise = Buffer.from(Array.from({ length: random.below(40) }, () => random.below(256)));
        return Buffer.concat([line.subarray(0, at), noise, line.subarray(at)]);
      }
      case 5: {
        // Part of another line.
        const other = random.pick(this.#lines);
        return Buffer.concat([line.subarray(0, at), other.subarray(random.below(other.length + 1))]);
      }
      case 6: {
        // A number that is none, or too large.
        const text = line.toString("latin1");
        return Buffer.from(
          text.replace(/\d+/, random.pick(["", "-1", "99999999999999999999", "0x1f", "4294967296"])),
          "latin1",
        );
      }
      default: {
        // Very long: once in a while a whole MiB.
        const length = random.chance(0.01) ? 1 << 20 : random.below(5000);
        return Buffer.concat([
          line.subarray(0, at),
          Buffer.alloc(length, random.pick(["A", " ", "=", "4", '"', "\xff", "a=b "]), "latin1"),
          line.subarray(at),
        ]);
      }
    }
  }
}
