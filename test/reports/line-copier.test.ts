import fc from "fast-check";
import { expect, it } from "vitest";
import { GatheredBytes } from "../../src/lib/gathered-bytes.ts";
import type { LogEvent } from "../../src/query/log-event.ts";
import { LogReader } from "../../src/query/log-reader.ts";
import { LineCopier } from "../../src/reports/ausearch/line-copier.ts";
import { plainEvent, plainHead, rawEvent } from "../../src/reports/ausearch/plain.ts";

const SEC = 1_795_511_326;
const usual = fc.constantFrom("a", "9", '"', " ", "=", "\x7f", "\x80", "\xff", "\x1d", "abcdefgh");
const odd = fc.constantFrom("\x00", "\x01", "\t", "\r", "\x1b", "\x1f");
const lineArb = (part: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom("SYSCALL", "PATH", "CWD"), fc.array(part, { maxLength: 12 }))
    .map(([type, parts]) => `type=${type} msg=audit(${SEC}.138:10127): pid=1${parts.join("")}`);

function eventOf(lines: Buffer): LogEvent {
  const events: LogEvent[] = [];
  const reader = new LogReader({
    range: { start: 0, end: 0 },
    timeoutSec: Number.MAX_SAFE_INTEGER,
    onEvent: (event) => events.push(event),
    onBadTime: () => undefined,
  });
  reader.push(lines);
  reader.endFile(true);
  if (events.length !== 1) throw new Error(`${events.length} events`);
  return events[0] as LogEvent;
}

function printed(isRaw: boolean, lines: readonly string[], before: number, behind: number, isEnded: boolean) {
  const own = Buffer.from(lines.join("\n") + (isEnded ? "\n" : ""), "latin1");
  const bytes = Buffer.concat([Buffer.alloc(before, "\n"), own, Buffer.alloc(behind, 1)]);
  const out = new GatheredBytes(64);
  out.addText("before\n");
  const copier = new LineCopier();
  const span = { bytes, start: before, end: before + own.length };
  const isPrinted = isRaw ? copier.raw(span, out) : copier.plain(plainHead(SEC), span, out);
  const event = eventOf(own);
  const expected = isRaw ? rawEvent(event) : plainEvent(event, "tty");
  return { isPrinted, text: out.gathered.toString("latin1"), expected };
}

const place = [fc.nat(9), fc.nat(9), fc.boolean()] as const;

it("prints an event from its lines as from its records", () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(lineArb(usual), { minLength: 1, maxLength: 5 }),
      ...place,
      (isRaw, ...given) => {
        const { isPrinted, text, expected } = printed(isRaw, ...given);
        expect(isPrinted).toBe(true);
        expect(text).toBe(`before\n${expected}`);
      },
    ),
    { numRuns: 2000 },
  );
});

it("prints nothing where it would print something else", () => {
  let others = 0;
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(lineArb(fc.oneof(usual, usual, odd)), { minLength: 1, maxLength: 4 }),
      ...place,
      (isRaw, ...given) => {
        const { isPrinted, text, expected } = printed(isRaw, ...given);
        if (!isPrinted) others++;
        expect(text).toBe(isPrinted ? `before\n${expected}` : "before\n");
      },
    ),
    { numRuns: 4000 },
  );
  expect(others).toBeGreaterThan(100);
});
