import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRuleFiles } from "../../src/app/rules.ts";
import { readRawLines } from "../../src/cli/commands/rules/raw-events.ts";
import { compileRules } from "../../src/findings/index.ts";
import { AhoCorasick } from "../../src/findings/match/aho-corasick.ts";
import { Matcher } from "../../src/findings/match/matcher.ts";
import { Memory } from "../../src/findings/views/memory.ts";
import { looksOf } from "../../src/findings/views/views.ts";
import type { Event } from "../../src/model/event.ts";
import { Random } from "../bench/random.ts";
import { rulesText, sameWords } from "../bench/rule-writer.ts";
import { benignDay } from "../rules/benign-day.ts";
import { auditEvent, dockerEvent, seen, sshdEvents, sshdLine } from "./events.ts";

const ROOT = join(import.meta.dirname, "../..");
const files = [
  ...readRuleFiles([join(ROOT, "config/rules")]),
  ...globSync("*.yml", { cwd: join(import.meta.dirname, "sigmahq-dialect") }).map((path) => ({
    path,
    text: readFileSync(join(import.meta.dirname, "sigmahq-dialect", path), "utf8"),
  })),
];
const { ruleset } = compileRules(files, { placeholders: {} });
const packMatcher = new Matcher(ruleset);

/** Per way of looking at the event: what the index finds, and what trying every rule finds. */
function bothWays(
  events: readonly Event[],
  matcher = packMatcher,
): readonly { indexed: number[]; naive: number[] }[] {
  const memory = new Memory([]);
  return events.flatMap((event) =>
    [...looksOf(seen(event), memory)].flatMap(({ kind, channels, subject }) =>
      channels.map((channel) => {
        const view = matcher.turn(kind, subject, event.timeMs);
        const [indexed, naive]: [number[], number[]] = [[], []];
        matcher.match(channel, view, (rule) => indexed.push(rule));
        matcher.matchNaive(channel, view, (rule) => naive.push(rule));
        return { indexed: indexed.toSorted((a, b) => a - b), naive };
      }),
    ),
  );
}

const WORDS = files
  .flatMap(({ text }) => text.match(/[\w/.:@=+-]{3,}/g) ?? [])
  .filter((word, at, all) => all.indexOf(word) === at);
const anyWord = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: "binary-ascii", maxLength: 12 }));
const anyText = fc.array(anyWord, { maxLength: 6 }).map((words) => words.join(" "));
const hex = (text: string) => Buffer.from(text).toString("hex").toUpperCase();
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc
    .tuple(anyWord, anyText, anyWord)
    .map(([exe, line, path]) =>
      auditEvent(
        `SYSCALL arch=c000003e syscall=59 success=yes pid=5 ppid=5 auid=1 exe=${hex(`/usr/bin/${exe}`)} comm=${hex(exe)}`,
        `EXECVE argc=2 a0=${hex(exe)} a1=${hex(line)}`,
        `PATH item=0 name=${hex(path)} nametype=NORMAL`,
      ),
    ),
  fc
    .tuple(anyWord, anyWord, anyWord)
    .map(([exe, path, cwd]) =>
      auditEvent(
        `SYSCALL arch=c000003e syscall=257 success=yes a0=ffffff9c a2=241 pid=5 ppid=5 exe=${hex(exe)}`,
        `CWD cwd=${hex(cwd)}`,
        `PATH item=0 name=${hex(path)} nametype=CREATE`,
      ),
    ),
  fc.tuple(anyText, anyText, anyWord).map(([message, execCommand, source]) =>
    dockerEvent(
      "exec_start",
      { execCommand, raw: message, image: source },
      {
        privileged: true,
        capAdd: [source],
        mounts: [{ type: "bind", source, destination: "/", rw: true }],
      },
    ),
  ),
  anyText.map(
    (message) => sshdEvents(sshdLine(1, message.replaceAll(/[\r\n]/g, " ")))[0] ?? dockerEvent("create"),
  ),
);

describe("the index", () => {
  it("finds what trying every rule finds", () => {
    let matches = 0;

    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 4 }), (events) => {
        for (const { indexed, naive } of bothWays(events)) {
          expect(indexed).toEqual(naive);
          matches += naive.length;
        }
      }),
      { numRuns: 800 },
    );

    // About 20 in most runs.
    expect(matches).toBeGreaterThan(0);
  });

  it("finds the same with rules that share their words", () => {
    let matches = 0;

    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const words = sameWords(new Random(seed), 12);
        const text = rulesText(new Random(seed + 1), words, 40);
        const rules = compileRules([{ path: "made.yml", text }], { placeholders: {} });
        expect(rules.errors).toEqual([]);
        const dice = new Random(seed + 2);
        const events = Array.from({ length: 8 }, () => {
          const program = words.program();
          const line = Array.from({ length: 1 + dice.below(6) }, () => words.argument()).join("");
          return auditEvent(
            `SYSCALL arch=c000003e syscall=59 success=yes pid=${dice.below(3)} ppid=${dice.below(3)} exe="/usr/bin/${program}" comm="/${program}"`,
            `EXECVE argc=2 a0="${program}" a1="${line}${"x".repeat(dice.below(300))}"`,
            `PATH item=0 name="/${program}" nametype=NORMAL`,
          );
        });
        for (const { indexed, naive } of bothWays(events, new Matcher(rules.ruleset))) {
          expect(indexed).toEqual(naive);
          matches += naive.length;
        }
      }),
    );

    expect(matches).toBeGreaterThan(50);
  });

  it("finds the same on captured days", () => {
    const day = benignDay("benign");
    const { events } = readRawLines(
      { audit: day.audit.toString(), sshd: day.sshd.toString(), docker: day.docker.toString() },
      0,
    );

    for (const { indexed, naive } of bothWays(events)) expect(indexed).toEqual(naive);
  });
});

describe("the search for many literals", () => {
  it("finds those that occur, and no other", () => {
    const anyLiteral = fc.string({
      unit: fc.constantFrom("a", "b", "/", "é", "\u2014"),
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(anyLiteral, { minLength: 1, maxLength: 12 }),
        fc.array(anyLiteral),
        (literals, parts) => {
          const text = parts.join("");
          const found = new Set<number>();
          new AhoCorasick(literals).scan(text, (numbers) => {
            for (const number of numbers) found.add(number);
          });

          expect([...found].toSorted((a, b) => a - b)).toEqual(
            literals.flatMap((literal, number) => (text.includes(literal) ? [number] : [])),
          );
        },
      ),
    );
  });
});
