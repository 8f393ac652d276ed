/**
 * What detection costs: nanoseconds per process event and per audit record with 250 and 2,500 synthetic rules of the shapes that
 * Sigma's Linux rules have, and how often faster the index is than trying every rule. Targets: 250 rules at most 3 µs per process
 * event, 2,500 rules at most 2.5 times that.
 */
import { compileRules } from "../../src/findings/index.ts";
import { Matcher } from "../../src/findings/match/matcher.ts";
import { Memory } from "../../src/findings/views/memory.ts";
import { type Look, looksOf } from "../../src/findings/views/views.ts";
import type { AuditEvent, AuditRecord } from "../../src/model/event.ts";
import { auditRef, epochMs, serial } from "../../src/model/ids.ts";
import { Random } from "./random.ts";

const EVENTS = 4000;
const TARGET_NS = 3000;
const TARGET_GROWTH = 2.5;
const dice = new Random(42);
const random = (): number => dice.next();
const below = (bound: number): number => dice.below(bound);
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
const word = (length: number): string =>
  Array.from({ length }, () => pick("abcdefghijklmnopqrstuvwxyz".split(""))).join("");

const PROGRAMS = [
  ..."bash sh dash python3 perl cat grep find ls cp mv rm curl wget tar ssh git docker systemctl sed awk chmod chown ps id".split(
    " ",
  ),
  ...Array.from({ length: 400 }, () => word(4 + below(8))),
];
const FLAGS = Array.from({ length: 300 }, () => `--${word(4 + below(8))}`);
const list = (words: readonly string[]): string => words.map((one) => `\n      - '${one}'`).join("");
const some = (make: () => string, most: number): readonly string[] =>
  Array.from({ length: 1 + below(most) }, make);

/** Most rules name programs and parts of their arguments; some only arguments, a few a regular expression. */
function processRule(number: number): string {
  const shape = random();
  const image = `    Image|endswith:${list(some(() => `/${pick(PROGRAMS)}`, 4))}\n`;
  const parts = `    CommandLine|contains:${list(some(() => ` ${pick(FLAGS)}`, 5))}\n`;
  const body =
    shape < 0.55
      ? `  selection_image:\n${image}  selection_cli:\n${parts}`
      : shape < 0.8
        ? `  selection:\n    CommandLine|contains|all:${list([` ${pick(FLAGS)}`, `/${word(6)}`])}\n`
        : shape < 0.92
          ? `  selection:\n    ParentImage|endswith:${list(some(() => `/${word(7)}d`, 3))}\n${image}`
          : shape < 0.996
            ? `  selection:\n    CommandLine|re: '${word(5)}[ =]+[a-z]{3,}\\.${word(3)}'\n`
            : `  selection:\n    CommandLine|re: '[^/]{100,}$'\n`;
  return `title: Process ${number}\nlogsource: { product: linux, category: process_creation }\ndetection:\n${body}  filter:\n    CommandLine|contains: ' --${word(9)}'\n  condition: all of selection* and not filter\n`;
}
const TYPES = ["SYSCALL", "EXECVE", "PATH", "USER_LOGIN", "CONFIG_CHANGE", "SOCKADDR"];
function auditRule(number: number): string {
  const type = pick(TYPES);
  const field =
    type === "PATH"
      ? "name|startswith"
      : type === "EXECVE"
        ? pick(["a0", "a1|contains"])
        : pick(["exe|endswith", "key", "comm"]);
  return `title: Audit ${number}\nlogsource: { product: linux, service: auditd }\ndetection:\n  selection:\n    type: ${type}\n    ${field}:${list(some(() => (random() < 0.1 ? `/${pick(PROGRAMS)}` : `/${word(8)}`), 4))}\n  condition: selection\n`;
}

const record = (type: string, fields: Readonly<Record<string, string>>): AuditRecord => ({
  type,
  fields: Object.assign(Object.create(null), fields) as AuditRecord["fields"],
  enriched: Object.create(null) as AuditRecord["enriched"],
  raw: `type=${type} ${Object.entries(fields)
    .map(([name, value]) => `${name}="${value}"`)
    .join(" ")}`,
});
function execEvent(number: number): AuditEvent {
  const program = pick(PROGRAMS);
  const argv = [program, ...some(() => (random() < 0.3 ? pick(FLAGS) : `/${word(5)}/${word(9)}`), 8)];
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
        ppid: String(below(900)),
        pid: String(below(900)),
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

/** Nanoseconds of processor time per look, the best of five rounds: a busy machine changes it little. */
function nsPerLook(matcher: Matcher, looks: readonly Look[], how: "match" | "matchNaive"): number {
  let best = Number.POSITIVE_INFINITY;
  let matched = 0;
  for (let round = 0; round < 5; round++) {
    const start = process.threadCpuUsage();
    for (const { kind, channels, subject } of looks) {
      const view = matcher.turn(kind, subject, 0);
      for (const channel of channels) matcher[how](channel, view, () => matched++);
    }
    const { user, system } = process.threadCpuUsage(start);
    best = Math.min(best, ((user + system) * 1000) / looks.length);
  }
  if (matched === 0) console.log(`(${how}: nothing matched)`);
  return best;
}

const memory = new Memory([]);
const looks = Array.from({ length: EVENTS }, (_, number) => execEvent(number + 1)).flatMap((event) => [
  ...looksOf({ event, attribution: null }, memory),
]);
const processes = looks.filter(({ kind }) => kind === "process_creation");
const records = looks.filter(({ kind }) => kind === "auditd");

const cost: number[] = [];
console.log("rules   view             indexed ns   naive ns   ratio");
for (const count of [250, 2500]) {
  const text = Array.from({ length: count }, (_, number) =>
    number % 5 < 4 ? processRule(number) : auditRule(number),
  ).join("---\n");
  const { ruleset, errors } = compileRules([{ path: "bench.yml", text }], { placeholders: {} });
  if (errors[0] !== undefined) throw new Error(errors[0].text);
  const matcher = new Matcher(ruleset);
  for (const [name, some] of [
    ["process_creation", processes],
    ["auditd record", records],
  ] as const) {
    const indexed = nsPerLook(matcher, some, "match");
    const naive = nsPerLook(matcher, some.slice(0, 1000), "matchNaive");
    if (name === "process_creation") cost.push(indexed);
    console.log(
      `${String(count).padEnd(7)} ${name.padEnd(16)} ${indexed.toFixed(0).padStart(10)} ${naive.toFixed(0).padStart(10)} ${(naive / indexed).toFixed(1).padStart(7)}`,
    );
  }
}
const [small = 0, large = 0] = cost;
console.log(
  `250 rules: ${(small / 1000).toFixed(2)} µs per process event (target ${TARGET_NS / 1000} µs); 2,500 rules: ${(large / small).toFixed(1)} times that (target ${TARGET_GROWTH})`,
);
