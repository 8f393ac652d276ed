/**
 * What detection costs: nanoseconds per process event and per audit record with 250 and 2,500 synthetic rules of the shapes that
 * Sigma's Linux rules have, and how often faster the index is than trying every rule. Targets: 250 rules at most 3 µs per process
 * event, 2,500 rules at most 2.5 times that.
 *
 * How the rules are made. SigmaHQ's process rules are each about something of their own: nearly every rule names programs or
 * arguments that no other rule names (`/getcap`, `HISTFILESIZE=0`, `vm process`), and beside them some that many name (`/bash`,
 * `/tmp/`, `sh -c`). So the set "own words" has 2,500 different rules whose own programs and arguments grow in number with the
 * rules, while the common ones stay the same; events mostly run the common programs. The set "same words" is harder than any that
 * people wrote: 2,500 rules that share one vocabulary of 425 programs and 300 arguments, so that ten times the rules are ten times
 * the candidates and ten times the matches. Both are measured with the same events for both sizes, and both print how many rules
 * are tried and how many match per event.
 */
import { compileRules, openDetector } from "../../src/findings/index.ts";
import { Matcher } from "../../src/findings/match/matcher.ts";
import { Memory } from "../../src/findings/views/memory.ts";
import { type Look, looksOf } from "../../src/findings/views/views.ts";
import type { AuditEvent, AuditRecord } from "../../src/model/event.ts";
import { auditRef, epochMs, serial } from "../../src/model/ids.ts";
import { Random } from "./random.ts";
import { hostProgram, ownWords, rulesText, sameWords, type Words, word } from "./rule-writer.ts";

const EVENTS = 4000;
const SIZES = [250, 2500] as const;
const ROUND_US = 200_000;
const TARGET_NS = 3000;
const TARGET_GROWTH = 2.5;

const record = (type: string, fields: Readonly<Record<string, string>>): AuditRecord => ({
  type,
  fields: Object.assign(Object.create(null), fields) as AuditRecord["fields"],
  enriched: Object.create(null) as AuditRecord["enriched"],
  raw: `type=${type} ${Object.entries(fields)
    .map(([name, value]) => `${name}="${value}"`)
    .join(" ")}`,
});
function execEvent(dice: Random, words: Words, number: number): AuditEvent {
  const program = hostProgram(dice, words);
  const argv = [
    program,
    ...Array.from({ length: 1 + dice.below(8) }, () =>
      dice.chance(0.4)
        ? (dice.chance(0.5) ? words.argument() : words.common()).trim()
        : `/${word(dice, 5)}/${word(dice, 9)}`,
    ),
  ];
  const timeMs = epochMs(1_795_511_371_000 + number);
  return {
    source: "audit",
    ref: auditRef(String(timeMs / 1000), serial(number), null),
    timeMs,
    serial: serial(number),
    node: null,
    late: false,
    backfill: false,
    spans: [],
    records: [
      record("SYSCALL", {
        arch: "c000003e",
        syscall: "59",
        success: "yes",
        exit: "0",
        a0: "55f0",
        ppid: String(dice.below(900)),
        pid: String(dice.below(900)),
        auid: "1000",
        uid: "0",
        ses: "3",
        comm: program,
        exe: `/usr/bin/${program}`,
        key: "exec",
      }),
      record("EXECVE", {
        argc: String(argv.length),
        ...Object.fromEntries(argv.map((text, at) => [`a${at}`, text])),
      }),
      record("CWD", { cwd: "/root" }),
      record("PATH", { item: "0", name: `/usr/bin/${program}`, nametype: "NORMAL" }),
    ],
  };
}

/** Nanoseconds of processor time per look, the best of some rounds: a busy machine changes it little. */
function nsPerLook(
  matcher: Matcher,
  looks: readonly Look[],
  how: "match" | "matchNaive",
  rounds: number,
): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = process.threadCpuUsage();
    let [spentUs, done] = [0, 0];
    // The kernel counts in ticks of some milliseconds: a round is many of them.
    while (spentUs < ROUND_US) {
      for (const { kind, channels, subject } of looks) {
        const view = matcher.turn(kind, subject, 0);
        for (const channel of channels) matcher[how](channel, view, () => {});
      }
      done += looks.length;
      const { user, system } = process.threadCpuUsage(start);
      spentUs = user + system;
    }
    best = Math.min(best, (spentUs * 1000) / done);
  }
  return best;
}

/** How many rules are tried and how many match, per look. */
function perLook(matcher: Matcher, looks: readonly Look[]): { tried: number; matched: number } {
  let tried = 0;
  let matched = 0;
  for (const { kind, channels, subject } of looks) {
    const view = matcher.turn(kind, subject, 0);
    for (const channel of channels) {
      tried += matcher.candidates(channel, view);
      matcher.match(channel, view, () => matched++);
    }
  }
  return { tried: tried / looks.length, matched: matched / looks.length };
}

console.log("words  rules   view             indexed ns   naive ns   ratio   tried  match");
for (const [set, wordsOf] of [
  ["own", ownWords],
  ["same", (dice: Random) => sameWords(dice)],
] as const) {
  const most = wordsOf(new Random(42), SIZES[1]);
  const dice = new Random(7);
  const memory = new Memory([]);
  const looks = Array.from({ length: EVENTS }, (_, number) => execEvent(dice, most, number + 1)).flatMap(
    (event) => [...looksOf({ event, attribution: null }, memory)],
  );
  const cost: number[] = [];
  for (const count of SIZES) {
    const text = rulesText(new Random(3), wordsOf(new Random(42), count), count);
    const { ruleset, errors } = compileRules([{ path: "bench.yml", text }], { placeholders: {} });
    if (errors[0] !== undefined) throw new Error(errors[0].text);
    const matcher = new Matcher(ruleset);
    for (const [name, kind] of [
      ["process_creation", "process_creation"],
      ["auditd record", "auditd"],
    ] as const) {
      const some = looks.filter((look) => look.kind === kind);
      const { tried, matched } = perLook(matcher, some);
      const indexed = nsPerLook(matcher, some, "match", 5);
      const naive = nsPerLook(matcher, some.slice(0, 1000), "matchNaive", 3);
      if (kind === "process_creation") cost.push(indexed);
      console.log(
        `${set.padEnd(6)} ${String(count).padEnd(7)} ${name.padEnd(16)} ${indexed.toFixed(0).padStart(10)} ${naive.toFixed(0).padStart(10)} ${(naive / indexed).toFixed(1).padStart(7)} ${tried.toFixed(2).padStart(7)} ${matched.toFixed(3).padStart(6)}`,
      );
    }
  }
  const [small = 0, large = 0] = cost;
  console.log(
    `${set} words: 250 rules ${(small / 1000).toFixed(2)} µs per process event (target ${TARGET_NS / 1000} µs), 2,500 rules ${(large / small).toFixed(1)} times that (target ${TARGET_GROWTH})`,
  );
}

/** Nanoseconds of processor time per event of whole detectors, state included, the best of some rounds; they take turns. */
function nsPerEvent(
  events: readonly AuditEvent[],
  stopwatches: readonly ((() => number) | null)[],
): readonly number[] {
  const text = rulesText(new Random(3), ownWords(new Random(42), SIZES[0]), SIZES[0]);
  const { ruleset } = compileRules([{ path: "bench.yml", text }], { placeholders: {} });
  const detectors = stopwatches.map((stopwatch) => openDetector({ ruleset, state: [], stopwatch }));
  const best = stopwatches.map(() => Number.POSITIVE_INFINITY);
  const seen = events.map((event) => ({ event, attribution: null }));
  for (let round = 0; round < 20; round++)
    for (const [which, detector] of detectors.entries()) {
      const start = process.threadCpuUsage();
      let [spentUs, done] = [0, 0];
      while (spentUs < ROUND_US) {
        for (let at = 0; at < seen.length; at += 50)
          detector.push(seen.slice(at, at + 50), epochMs(round * 60_000 + at));
        detector.drainState();
        done += seen.length;
        const { user, system } = process.threadCpuUsage(start);
        spentUs = user + system;
      }
      best[which] = Math.min(best[which] ?? 0, (spentUs * 1000) / done);
    }
  return best;
}

const words = ownWords(new Random(42), SIZES[1]);
const dice = new Random(7);
const events = Array.from({ length: EVENTS }, (_, number) => execEvent(dice, words, number + 1));
const [plain = 0, timed = 0] = nsPerEvent(events, [null, () => performance.now()]);
console.log(
  `a detector with 250 rules: ${(plain / 1000).toFixed(2)} µs per execve event of four records; with time counted per rule ${(timed / plain).toFixed(2)} times that`,
);
