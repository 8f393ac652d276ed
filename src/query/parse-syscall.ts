import { addLabel, FieldCursor, readKeys, readPath, readResult } from "./field-cursor.ts";
import type { SearchFields, Wanted } from "./search-fields.ts";

// Each parser follows the one of its name in audit-userspace's src/ausearch-parse.c, with its quirks, and returns 0
// or that one's code of the fault. What is looked for first decides where the next search begins.

/** Fields of the process: SYSCALL, FEATURE_CHANGE, ANOM_LINK, DM_CTRL. */
export function parseTaskInfo(message: string, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  let at = 0;
  let fault = 0;
  if (w.ppid === true && (at = c.after("ppid=")) > 0) {
    if ((fault = c.number(at)) > 0) return 13 + fault;
    s.ppid = c.value;
  }
  if (w.pid === true) {
    if ((at = c.after(" pid=")) === 0) return 16;
    if ((fault = c.number(at)) > 0) return 16 + fault;
    s.pid = c.value;
  }
  if (w.loginuid === true) {
    at = c.after("auid=") || c.after("loginuid=");
    if (at === 0) return 19;
    if ((fault = c.number(at)) > 0) return 19 + fault;
    s.loginuid = c.value;
  }
  if (w.uid === true) {
    for (;;) {
      if ((at = c.after("uid=")) === 0) return 22;
      if (message[at - 5] !== "a") break;
      c.at = at - 3;
    }
    if ((fault = c.number(at)) > 0) return 22 + fault;
    s.uid = c.value;
  }
  if (w.gid === true) {
    if ((at = c.after("gid=")) === 0) return 25;
    if ((fault = c.number(at)) > 0) return 25 + fault;
    s.gid = c.value;
  }
  if (w.euid === true) {
    if ((at = c.after("euid=")) === 0) return 28;
    if ((fault = c.number(at)) > 0) return 28 + fault;
    s.euid = c.value;
  }
  if (w.egid === true) {
    if ((at = c.after("egid=")) === 0) return 31;
    if ((fault = c.number(at)) > 0) return 31 + fault;
    s.egid = c.value;
  }
  if (w.terminal === true && (at = c.after("tty=")) > 0) {
    const tty = c.word(at);
    if (tty === null) return 34;
    s.terminal = tty;
  }
  if (w.session === true && (at = c.after("ses=")) > 0) {
    if ((fault = c.number(at)) > 0) return 34 + fault;
    s.session = c.value;
  }
  if (w.comm === true) {
    if ((at = c.after("comm=")) === 0) return 38;
    const comm = c.quoted(at);
    if (comm === undefined) return 37;
    s.comm = comm;
  }
  if (w.exe === true) {
    if ((at = c.afterFirst("exe=")) === 0) return 40;
    const exe = c.quoted(at);
    if (exe === undefined) return 39;
    s.exe = exe;
  }
  if (w.subject === true && (at = c.after("subj=")) > 0) {
    const label = c.word(at);
    if (label === null) return 41;
    addLabel(s, { scontext: label });
  }
  return w.success === true && !readResult(c, s) ? 43 : 0;
}

/** A number in hex, or null where it is beyond 64 bits. */
function hexNumber(word: string): bigint | null {
  const digits = /^(?:0[xX])?([0-9a-fA-F]*)/.exec(word)?.[1] ?? "";
  return digits.replace(/^0+/, "").length > 16 ? null : BigInt(`0x${digits === "" ? "0" : digits}`);
}

export function parseSyscall(message: string, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  let at = 0;
  let fault = 0;
  if (w.arch === true) {
    if ((at = c.after("arch=")) === 0) return 1;
    const word = c.word(at);
    if (word === null) return 2;
    const arch = hexNumber(word);
    if (arch === null) return 3;
    s.arch = Number(BigInt.asUintN(32, arch));
  }
  if ((at = c.after("syscall=")) === 0) return 4;
  if ((fault = c.number(at)) > 0) return 4 + fault;
  s.syscall = c.value;
  if (w.success === true && (at = c.after("success=")) > 0) {
    const word = c.word(at);
    if (word === null) return 7;
    s.success = word === "yes" ? 1 : 0;
  }
  if (w.exit === true) {
    if ((at = c.after("exit=")) === 0) return 8;
    const word = c.word(at);
    if (word === null) return 9;
    s.exit = BigInt(/^[+-]?\d+/.exec(word)?.[0] ?? 0);
    if (BigInt.asIntN(64, s.exit) !== s.exit) return 10;
  }
  if ((at = c.after("a0=")) === 0) return 11;
  const a0 = c.word(at);
  if (a0 === null) return 12;
  s.a0 = a0;
  if (a0.length > 16 && hexNumber(a0) === null) return 13;
  if ((at = c.after("a1=")) === 0) return 11;
  const a1 = c.word(at);
  if (a1 === null) return 12;
  if (a1.length > 16 && hexNumber(a1) === null) return 13;
  if ((fault = parseTaskInfo(message, s, w)) > 0) return fault;
  if (w.keys === true && (at = c.after("key=")) > 0 && !readKeys(c, s, at)) return 44;
  return 0;
}

/** The tools do not look at the first bytes of these records: the type and the time. */
const HEAD_BYTES = 36;

export function parseCwd(message: string, s: SearchFields, w: Wanted): number {
  if (w.files !== true) return 0;
  const c = new FieldCursor(message);
  c.at = HEAD_BYTES;
  const at = c.after(" cwd=");
  if (at === 0) return 0;
  const cwd = c.quoted(at);
  if (cwd === undefined) return 1;
  s.cwd ??= cwd;
  return 0;
}

export function parsePath(message: string, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  c.at = HEAD_BYTES;
  let at = 0;
  if (w.files === true && (at = c.after(" name=")) > 0) {
    const fault = readPath(s, message, at);
    if (fault > 0) return fault;
    c.at = at;
    at = c.after("type=");
    const file = s.files?.at(-1);
    if (at > 0 && file !== undefined) file.kind = message.slice(at);
  }
  if (w.object === true && (at = c.after("obj=")) > 0) addLabel(s, { tcontext: c.lastWord(at) });
  return 0;
}

/** AVC_PATH, and the path of a CONFIG_CHANGE. */
export function parseAvcPath(message: string, s: SearchFields, w: Wanted): number {
  if (w.files !== true) return 0;
  const at = message.indexOf(" path=");
  return at < 0 ? 1 : readPath(s, message, at + 6);
}

/** IPC and OBJ_PID. */
export function parseObject(message: string, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  const at = c.after("obj=");
  if (w.object === true && at > 0) addLabel(s, { tcontext: c.lastWord(at) });
  return 0;
}

export function parsePacket(message: string, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  let at = 0;
  if (w.hostname === true && (at = c.after("saddr=")) > 0) {
    const address = c.word(at);
    if (address === null) return 1;
    s.hostname = address;
  }
  if (w.object === true && (at = c.after("obj=")) > 0) addLabel(s, { tcontext: c.lastWord(at) });
  return 0;
}
