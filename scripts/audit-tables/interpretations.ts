import { interpreted, output, packageVersion, packNames, preamble } from "./sources.ts";

/**
 * What `ausearch -i` makes of numbers, found by asking it: each table is the answer to a list of records that differ
 * in one value. So the tables say what the real tool says, the quirks with it.
 */

const MACHINES: readonly (readonly [string, string])[] = [
  ["x86_64", "c000003e"],
  ["i386", "40000003"],
  ["aarch64", "c00000b7"],
  ["arm", "40000028"],
  ["ppc64", "80000015"],
  ["s390x", "80000016"],
  ["s390", "16"],
];

/** One question: a field of a record, and what is asked of it. */
interface Question {
  readonly type: string;
  readonly before: string;
  readonly name: string;
  readonly value: string;
  readonly after: string;
}

/** The answers, in order: what stands instead of the value. */
function asked(questions: readonly Question[]): string[] {
  const lines = questions.map(
    ({ type, before, name, value, after }, index) =>
      `type=${type} msg=audit(1700000000.000:${index + 1}): ${before}${name}=${value} ${after}`,
  );
  const printed = interpreted(lines);
  return questions.map(({ name, after }, index) => {
    const next = after === "" ? " ?$" : ` ${after.split("=")[0]}=`;
    const [, answer] = new RegExp(` ${name}=(.*?)${next}`).exec(printed[index] ?? "") ?? [];
    if (answer === undefined) throw new Error(`no answer to ${lines[index]}: ${printed[index]}`);
    return answer;
  });
}

/** A system call's argument. Arguments before it are `given`, as hex. */
function argument(
  call: string | number,
  index: number,
  value: number,
  given: readonly string[] = [],
  arch = "c000003e",
): Question {
  const number = typeof call === "number" ? call : (numbers("x86_64").get(call) ?? Number.NaN);
  const args = Array.from({ length: index }, (_, at) => `a${at}=${given[at] ?? "5a5a"} `).join("");
  return {
    type: "SYSCALL",
    before: `arch=${arch} syscall=${number} success=yes exit=0 ${args}`,
    name: `a${index}`,
    value: (value >>> 0).toString(16),
    after: [...Array.from({ length: 3 - index }, (_, at) => `a${index + 1 + at}=5a5a`), SYSCALL_REST].join(
      " ",
    ),
  };
}
/** ausearch finds no event in a SYSCALL record without these. */
const SYSCALL_REST = "items=0 ppid=1 pid=2 auid=0 uid=0";
const field = (name: string, value: string): Question => ({
  type: "OBJ_PID",
  before: "x=1 ",
  name,
  value,
  after: "end=1",
});

const dumps = new Map<string, ReadonlyMap<string, number>>();
/** System calls' numbers by name. */
function numbers(machine: string): ReadonlyMap<string, number> {
  const known = dumps.get(machine);
  if (known !== undefined) return known;
  const found = new Map<string, number>();
  for (const [, number, name = ""] of output("ausyscall", [machine, "--dump"]).matchAll(/^(\d+)\s+(\S+)$/gm))
    if (!found.has(name)) found.set(name, Number(number));
  dumps.set(machine, found);
  return found;
}

const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);
const IOCTLS = [
  ...upTo(0x100, 0x4b00),
  ...upTo(0x200, 0x5300),
  ...upTo(0x100, 0x8900),
  0x40045431,
  0x80045430,
  0x80045431,
  0xc01c64a3,
  0xc01864b0,
  0xc01864b1,
];
/** A value that no table has. */
const NOBODY = 0x5a5a5a5a;

/** Kind of an argument or field → how to ask for a value of it, and which values there may be. */
const ENUMS: Readonly<
  Record<string, { readonly ask: (value: number) => Question; readonly values: readonly number[] }>
> = {
  signal: { ask: (value) => field("sig", String(value)), values: upTo(32) },
  "signal-argument": { ask: (value) => argument("kill", 1, value), values: [] },
  capability: { ask: (value) => field("capability", String(value)), values: upTo(64) },
  "capability-argument": { ask: (value) => argument("prctl", 1, value, ["17"]), values: [] },
  whence: { ask: (value) => argument("lseek", 2, value), values: upTo(16) },
  family: { ask: (value) => argument("socket", 0, value), values: upTo(64) },
  "socket-type": { ask: (value) => argument("socket", 1, value), values: upTo(16) },
  protocol: { ask: (value) => argument("socket", 2, value), values: upTo(256) },
  "protocol-number": { ask: (value) => field("proto", String(value)), values: [] },
  "option-level": { ask: (value) => argument("setsockopt", 1, value), values: upTo(400) },
  "option-ip": { ask: (value) => argument("setsockopt", 2, value, ["3", "0"]), values: upTo(256) },
  "option-socket": { ask: (value) => argument("setsockopt", 2, value, ["3", "1"]), values: upTo(256) },
  "option-tcp": { ask: (value) => argument("setsockopt", 2, value, ["3", "6"]), values: upTo(256) },
  "option-udp": { ask: (value) => argument("setsockopt", 2, value, ["3", "11"]), values: upTo(256) },
  "option-ipv6": { ask: (value) => argument("setsockopt", 2, value, ["3", "29"]), values: upTo(256) },
  "option-packet": { ask: (value) => argument("setsockopt", 2, value, ["3", "107"]), values: upTo(256) },
  fcntl: { ask: (value) => argument("fcntl", 1, value), values: [...upTo(64), ...upTo(64, 1024)] },
  "resource-limit": { ask: (value) => argument("getrlimit", 0, value), values: upTo(32) },
  ptrace: { ask: (value) => argument("ptrace", 0, value), values: [...upTo(64), ...upTo(64, 0x4200)] },
  personality: {
    ask: (value) => argument("personality", 0, value),
    values: upTo(256),
  },
  scheduler: { ask: (value) => argument("sched_setscheduler", 1, value), values: upTo(16) },
  prctl: { ask: (value) => argument("prctl", 0, value), values: [...upTo(128), 0x53564d41, 0x59616d61] },
  clock: { ask: (value) => argument("clock_settime", 0, value), values: upTo(32) },
  epoll: { ask: (value) => argument("epoll_ctl", 1, value), values: upTo(16) },
  bpf: { ask: (value) => argument("bpf", 0, value), values: upTo(64) },
  exit: { ask: (value) => argument("exit", 0, value), values: upTo(2) },
  ioctl: { ask: (value) => argument("ioctl", 1, value), values: IOCTLS },
  socketcall: {
    ask: (value) => argument(numbers("i386").get("socketcall") ?? -1, 0, value, [], "40000003"),
    values: upTo(32),
  },
  ipc: {
    ask: (value) => ({
      type: "SYSCALL",
      before: "arch=40000003 ",
      name: "syscall",
      value: String(numbers("i386").get("ipc")),
      after: `success=yes exit=0 a0=${value.toString(16)} a1=0 a2=0 a3=0 ${SYSCALL_REST}`,
    }),
    values: upTo(32),
  },
  list: { ask: (value) => field("list", String(value)), values: upTo(16) },
  "netfilter-family": { ask: (value) => field("family", String(value)), values: upTo(64) },
  icmp: { ask: (value) => field("icmptype", String(value)), values: upTo(64) },
  hook: { ask: (value) => field("hook", String(value)), values: upTo(16) },
  verdict: { ask: (value) => field("action", String(value)), values: upTo(16) },
  response: { ask: (value) => field("resp", String(value)), values: upTo(16) },
  multicast: { ask: (value) => field("nl-mcgrp", String(value)), values: upTo(4) },
  /** In units of 0x10000: the part of the code that is the action. */
  seccomp: {
    ask: (value) => field("code", `0x${(value * 0x10000).toString(16)}`),
    values: [...upTo(256), ...upTo(256, 0x7f00)],
  },
  protocol_mac: {
    ask: (value) => field("macproto", value.toString(16)),
    values: [...upTo(16), ...upTo(0x1000, 0x800), 0x86dd, 0x8847, 0x8848, 0x8863, 0x8864],
  },
};

/** Kinds whose values are bits. */
const FLAGS: Readonly<Record<string, (value: number) => Question>> = {
  open: (value) => argument("open", 1, value),
  protection: (value) => argument("mmap", 2, value),
  mmap: (value) => argument("mmap", 3, value),
  access: (value) => argument("access", 1, value),
  message: (value) => argument("sendto", 3, value),
  clone: (value) => argument("unshare", 0, value),
  mount: (value) => argument("mount", 3, value),
  umount: (value) => argument("umount2", 1, value),
  resolve: (value) => field("resolve", `0x${(value >>> 0).toString(16)}`),
  /** What RHEL 4 said of a path's lookup. */
  lookup: (value) => ({
    type: "PATH",
    before: "item=0 ",
    name: "flags",
    value: (value >>> 0).toString(16),
    after: "inode=1",
  }),
  "shared-memory": (value) => argument("shmget", 2, value),
};

/** Kinds of arguments: the call and argument that is each one's model. Those that depend on another argument are not here. */
const ARGUMENT_KINDS: readonly (readonly [string, string, number])[] = [
  ["open", "open", 1],
  ["mode-short", "chmod", 1],
  ["whence", "lseek", 2],
  ["protection", "mmap", 2],
  ["mmap", "mmap", 3],
  ["protection-change", "mprotect", 2],
  ["signal-argument", "kill", 1],
  ["access", "access", 1],
  ["shared-memory", "shmget", 2],
  ["family", "socket", 0],
  ["socket-type", "socket", 1],
  ["protocol", "socket", 2],
  ["message", "sendto", 3],
  ["option-level", "setsockopt", 1],
  ["clone", "unshare", 0],
  ["exit", "exit", 0],
  ["fcntl", "fcntl", 1],
  ["uid", "setuid", 0],
  ["gid", "setgid", 0],
  ["resource-limit", "getrlimit", 0],
  ["ptrace", "ptrace", 0],
  ["mode", "mknod", 1],
  ["personality", "personality", 0],
  ["scheduler", "sched_setscheduler", 1],
  ["prctl", "prctl", 0],
  ["mount", "mount", 3],
  ["umount", "umount2", 1],
  ["clock", "clock_settime", 0],
  ["epoll", "epoll_ctl", 1],
  ["directory", "openat", 0],
  ["bpf", "bpf", 0],
  ["ioctl", "ioctl", 1],
];
const FINGERPRINT = [0, 1, 2, 4, 0x11, 0x100, 0x5401, 0xffffffff, 0xffffff9c];

function enumLine(kind: string): string {
  const { ask, values } = ENUMS[kind] as (typeof ENUMS)[string];
  const all = [NOBODY, ...values];
  const [nobody = "", ...answers] = asked(all.map(ask));
  const names = new Map<number, string>();
  const template = nobody.replace(ask(NOBODY).value, "{text}").replace(String(NOBODY), "{number}");
  values.forEach((value, index) => {
    // The ipc call's name stands behind the system call's: ipc(semop).
    const answer = (answers[index] ?? "").replace(/^ipc\((.*)\)$/, "$1");
    const isUnknown =
      answer === template.replace("{text}", ask(value).value).replace("{number}", String(value));
    if (!isUnknown && answer !== "") names.set(value, answer);
  });
  return `  ${JSON.stringify(kind)}: {\n    names: ${JSON.stringify(packNames(names))},\n    unknown: ${JSON.stringify(template)},\n  },`;
}

function flagLine(kind: string): string {
  const ask = FLAGS[kind] as (value: number) => Question;
  // Some kinds say one thing of a zero in their lowest bits: each bit is asked together with bit 0.
  const [lowest = "", all = "", ...answers] = asked(
    [1, 0xffffffff, ...upTo(31, 1).map((bit) => (1 << bit) | 1)].map(ask),
  );
  const masks = new Map([[lowest, 1]]);
  answers.forEach((answer, at) => {
    for (const name of answer.split(/[|,]/))
      if (/^_*[A-Za-z]/.test(name) && name !== lowest && !name.startsWith("SIG"))
        masks.set(name, (masks.get(name) ?? 0) + 2 ** (at + 1));
  });
  if (!/^_*[A-Za-z]/.test(lowest) || lowest.startsWith("SIG")) masks.delete(lowest);
  // Their order is the table's: that of all bits at once.
  const order = all.split(/[|,]/);
  const entries = [...masks].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return `  ${JSON.stringify(kind)}: ${JSON.stringify(entries.map(([name, mask]) => `${mask.toString(16)}:${name}`).join(" "))},`;
}

/** Which argument of which call is of which kind, over all machines. */
function argumentLines(): string[] {
  const models = new Map<string, string>();
  const modelAnswers = asked(
    ARGUMENT_KINDS.flatMap(([, call, index]) => FINGERPRINT.map((value) => argument(call, index, value))),
  );
  ARGUMENT_KINDS.forEach(([kind], at) =>
    models.set(modelAnswers.slice(at * FINGERPRINT.length, (at + 1) * FINGERPRINT.length).join(";"), kind),
  );
  const plain = FINGERPRINT.map((value) => `0x${value.toString(16)}`).join(";");
  const found = new Map<string, Set<string>>();
  for (const [machine, arch] of MACHINES) {
    const calls = [...numbers(machine)].filter(([name]) => !/^(socketcall|ipc)$/.test(name));
    const questions = calls.flatMap(([, number]) =>
      [0, 1, 2, 3].flatMap((index) => FINGERPRINT.map((value) => argument(number, index, value, [], arch))),
    );
    const answers = asked(questions);
    calls.forEach(([name], at) => {
      for (const index of [0, 1, 2, 3]) {
        const from = (at * 4 + index) * FINGERPRINT.length;
        const print = answers.slice(from, from + FINGERPRINT.length).join(";");
        if (print === plain) continue;
        const kind = models.get(print);
        if (kind === undefined) throw new Error(`${machine} ${name} a${index}: no kind answers ${print}`);
        const key = `a${index} ${kind}`;
        found.set(key, (found.get(key) ?? new Set()).add(name));
      }
    });
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, names]) => `  ${JSON.stringify(key)}: ${JSON.stringify([...names].sort().join(" "))},`);
}

/** `N:NAME(text)` of error numbers, by the exit field. */
function errnoText(): string {
  const values = upTo(200, 1);
  const before = "arch=c000003e syscall=0 success=no ";
  const after = `a0=0 a1=0 a2=0 a3=0 ${SYSCALL_REST}`;
  const answers = asked(
    values.map((value) => ({ type: "SYSCALL", before, name: "exit", value: `-${value}`, after })),
  );
  return answers
    .map((answer, index) => [index + 1, answer] as const)
    .filter(([, answer]) => !answer.startsWith("(null)"))
    .map(([number, answer]) => `${number}:${answer}`)
    .join("|");
}

/** Names of what is typed: hex and name, the longest sequences first. */
function keyText(): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".split("");
  // Control sequences and single shifts, as ESC and a letter or as one byte of the C1 set.
  const sequences = [
    ...[...upTo(31, 1), ...upTo(32, 128)].map((code) => String.fromCharCode(code)),
    "\x7f",
    ...["\x1b[", "\x1bO", "\x9b", "\x8f", "\x1b[["].flatMap((prefix) =>
      letters.map((letter) => prefix + letter),
    ),
    ...["\x1b[", "\x9b"].flatMap((prefix) =>
      upTo(40).flatMap((number) => ["~", "$", "^", "@"].map((end) => `${prefix}${number}${end}`)),
    ),
  ].map((text) => Buffer.from(text, "latin1").toString("hex").toUpperCase());
  const before = "tty pid=1 uid=0 auid=0 ses=1 major=1 minor=2 ";
  const answers = asked(sequences.map((value) => ({ type: "TTY", before, name: "data", value, after: "" })));
  return sequences
    .map((sequence, index) => [sequence, /^<([^<>]*)>$/.exec(answers[index] ?? "")?.[1]] as const)
    .filter(([, name]) => name !== undefined)
    .sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1))
    .map(([sequence, name]) => `${sequence}:${name}`)
    .join(" ");
}

/** Asks for everything; takes about a minute. */
export function generateInterpretations(): string {
  return [
    preamble([`'ausearch -i' of ${packageVersion("auditd")}, asked for each value`]),
    "/** Kinds with one name a value. `unknown` is what is said of other values: `{text}` as in the log, `{number}` as decimal. */",
    "export const ENUMS: Readonly<Record<string, { readonly names: string; readonly unknown: string }>> = {",
    ...Object.keys(ENUMS).map(enumLine),
    "};",
    "",
    "/** Kinds whose values are bits: mask (hex) and name, in the order in which they are said. */",
    "export const FLAGS: Readonly<Record<string, string>> = {",
    ...Object.keys(FLAGS).map(flagLine),
    "};",
    "",
    "/** Argument and kind → the calls that have it. */",
    "export const ARGUMENTS: Readonly<Record<string, string>> = {",
    ...argumentLines(),
    "};",
    "",
    "/** Sequences that a terminal sends (hex) and the names of their keys. */",
    `export const KEYS = ${JSON.stringify(keyText())};`,
    "",
    "/** Error numbers as the exit field says them. */",
    `export const ERRNOS = ${JSON.stringify(errnoText())};`,
    "",
  ].join("\n");
}
