import { leadingNumber } from "./c-text.ts";
import { addLabel, FieldCursor, readKeys, readPath, readResult, readResultWord } from "./field-cursor.ts";
import { type SearchFields, SUCCESS, type Wanted } from "./search-fields.ts";
import { socketAddressText } from "./socket-text.ts";

// Each parser follows the one of its name in audit-userspace's src/ausearch-parse.c; see parse-syscall.ts.

const TYPE = { configChange: 1305, seccomp: 1326, anomPromiscuous: 1700, anomAbend: 1701 };

/** The audit daemon's own records, but for those of {@link parseDaemonPeer}. */
export function parseDaemon(message: string, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  const from = Math.max(message.indexOf(")"), 0);
  let at = 0;
  let fault = 0;
  c.at = from;
  if (w.loginuid === true) {
    if ((at = c.after("auid=")) === 0) return 1;
    if ((fault = c.number(at)) > 0) return 1 + fault;
    s.loginuid = c.value;
  }
  if (w.pid === true) {
    if ((at = c.after("pid=")) === 0) return 4;
    if ((fault = c.number(at)) > 0) return 4 + fault;
    s.pid = c.value;
  }
  if (w.uid === true && (at = c.after(" uid=")) > 0) {
    if ((fault = c.number(at)) > 0) return 6 + fault;
    s.uid = c.value;
  }
  if (w.session === true && (at = c.after("ses=")) > 0) {
    if ((fault = c.number(at)) > 0) return 8 + fault;
    s.session = c.value;
  }
  if (w.subject === true && (at = c.after("subj=")) > 0) addLabel(s, { scontext: c.lastWord(at) });
  if (w.success === true) {
    c.at = from;
    if ((at = c.after("res=")) > 0) {
      const result = readResultWord(c, at);
      if (result === null) return 12;
      s.success = result;
    }
  }
  return 0;
}

/** DAEMON_ACCEPT and DAEMON_CLOSE: a remote peer. */
export function parseDaemonPeer(message: string, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  let at = 0;
  if (w.hostname === true && (at = c.after("addr=")) > 0) {
    let end = message.indexOf(":", at);
    if (end < 0) end = message.indexOf(" ", at);
    if (end < 0) return 1;
    s.hostname = message.slice(at, end);
    c.at = end;
  }
  if (w.success === true && (at = c.after("res=")) > 0) {
    const result = readResultWord(c, at);
    if (result === null) return 2;
    s.success = result;
  }
  return 0;
}

/** SOCKADDR: an address is the event's host, a local socket's path one of its files. `warn` takes what is too short. */
export function parseSocket(
  message: string,
  s: SearchFields,
  w: Wanted,
  warn: (text: string) => void,
): number {
  const at = message.indexOf("saddr=");
  if ((w.hostname !== true && w.files !== true) || at < 0) return 0;
  const address = socketAddressText(message.slice(at + 6));
  if (address.kind === "short") {
    warn(address.warning);
    return address.code;
  }
  if (address.kind === "undecodable") return 4;
  if (address.kind === "path") {
    s.hostname = null;
    if (w.files === true) {
      s.files ??= [];
      s.files.push({ name: address.text, kind: null });
    }
  } else s.hostname = w.hostname === true && address.kind === "host" ? address.text : null;
  return 0;
}

export function parseIntegrity(message: string, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  let at = 0;
  let fault = 0;
  if ((at = c.after("pid=")) > 0) {
    if ((fault = c.number(at)) > 0) return fault;
    s.pid = c.value;
  }
  if (w.uid === true && (at = c.after(" uid=")) > 0) {
    // The tool begins one byte too early: at the `=`, which is no number.
    if ((fault = c.number(at - 1)) > 0) return 2 + fault;
    s.uid = c.value;
  }
  if (w.loginuid === true && (at = c.afterFirst("auid=")) > 0) {
    if ((fault = c.number(at)) > 0) return 4 + fault;
    s.loginuid = c.value;
  }
  if (w.session === true && (at = c.after("ses=")) > 0) {
    if ((fault = c.number(at)) > 0) return 9 + fault;
    s.session = c.value;
  }
  if (w.subject === true && (at = c.after("subj=")) > 0) {
    const label = c.word(at);
    if (label === null) return 12;
    addLabel(s, { scontext: label });
  }
  if (w.comm === true && (at = c.after("comm=")) > 0) {
    const comm = c.quoted(at);
    if (comm === undefined) return 7;
    s.comm = comm;
  }
  if (w.files === true && (at = c.after(" name=")) > 0 && readPath(s, message, at) > 0) return 8;
  return w.success === true && !readResult(c, s) ? 9 : 0;
}

/** SECCOMP, ANOM_PROMISCUOUS and ANOM_ABEND. */
export function parseAnomaly(message: string, type: number, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  let at = 0;
  let fault = 0;
  if (w.loginuid === true) {
    if ((at = c.after("auid=")) === 0) return 1;
    if (c.lastNumber(at, at) > 0) return 2;
    s.loginuid = c.value;
  }
  if (w.uid === true && (at = c.after("uid=")) > 0) {
    if ((fault = c.number(at)) > 0) return 2 + fault;
    s.uid = c.value;
  }
  if (w.gid === true && (at = c.after("gid=")) > 0) {
    if ((fault = c.number(at)) > 0) return 4 + fault;
    s.gid = c.value;
  }
  if (w.session === true && (at = c.after("ses=")) > 0) {
    if (c.lastNumber(at, at) > 0) return 7;
    s.session = c.value;
  }
  if (type === TYPE.anomPromiscuous) return 0;
  if (w.subject === true && (at = c.after("subj=")) > 0) {
    const label = c.word(at);
    if (label === null) return 8;
    addLabel(s, { scontext: label });
  }
  if (w.pid === true && (at = c.after("pid=")) > 0) {
    if ((fault = c.number(at)) > 0) return 9 + fault;
    s.pid = c.value;
  }
  if (w.comm === true && (at = c.after("comm=")) > 0) {
    const comm = c.quoted(at);
    if (comm === undefined) return 12;
    s.comm = comm;
  }
  if (w.exe === true) {
    if ((at = c.after("exe=")) > 0) {
      const exe = c.quoted(at);
      if (exe === undefined) return 13;
      s.exe = exe;
    } else if (type !== TYPE.anomAbend) return 14;
  }
  if (type === TYPE.seccomp) {
    // Some kernels leave it out; then nothing more is looked for.
    if ((at = c.after("arch=")) === 0) return 0;
    const arch = c.word(at);
    if (arch === null) return 15;
    s.arch = leadingNumber(arch, 16).int32 >>> 0;
    if ((at = c.after("syscall=")) === 0) return 17;
    if ((fault = c.number(at)) > 0) return 17 + fault;
    s.syscall = c.value;
  }
  return w.success === true && !readResult(c, s) ? 68 : 0;
}

/** CONFIG_CHANGE and the MAC records: who, in which session, by which key. */
export function parseSimple(message: string, type: number, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  let at = 0;
  if (w.loginuid === true) {
    at = c.after("auid=");
    // Old kernels leave it out of CONFIG_CHANGE.
    if (at === 0 && type !== TYPE.configChange) return 1;
    if (at > 0) {
      if (c.lastNumber(at, at) > 0) return 2;
      s.loginuid = c.value;
    }
  }
  if (w.session === true && (at = c.after("ses=")) > 0) {
    if (c.lastNumber(at, at) > 0) return 3;
    s.session = c.value;
  }
  if (w.subject === true && (at = c.after("subj=")) > 0) {
    c.at = at;
    addLabel(s, { scontext: c.lastWord(at) });
  }
  if (w.keys === true && (at = c.after("key=")) > 0 && !readKeys(c, s, at)) return 6;
  // The kernel writes `res` only where it can be anything else.
  if (type === TYPE.configChange) s.success = SUCCESS.yes;
  return w.success === true && !readResult(c, s) ? 7 : 0;
}

export function parseTty(message: string, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  let at = 0;
  let fault = 0;
  if (w.pid === true && (at = c.after("pid=")) > 0) {
    if ((fault = c.number(at)) > 0) return fault;
    s.pid = c.value;
  }
  if (w.uid === true && (at = c.after(" uid=")) > 0) {
    // One byte too early, as in parseIntegrity.
    if ((fault = c.number(at - 1)) > 0) return 2 + fault;
    s.uid = c.value;
  }
  if (w.loginuid === true) {
    if ((at = c.after("auid=")) === 0) return 5;
    if (c.lastNumber(at, at) > 0) return 6;
    s.loginuid = c.value;
  }
  if (w.session === true && (at = c.after("ses=")) > 0) {
    if ((fault = c.number(at)) > 0) return 6 + fault;
    s.session = c.value;
  }
  if (w.comm === true && (at = c.after("comm=")) > 0) {
    const comm = c.quoted(at);
    if (comm === undefined) return 11;
    s.comm = comm;
  }
  return 0;
}

/** NETFILTER_CFG and EVENT_LISTENER: what another record of the event has set stays. */
export function parseKernel(message: string, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  let at = 0;
  let fault = 0;
  if (w.pid === true && s.pid === -1) {
    if ((at = c.after(" pid=")) === 0) return 54;
    if ((fault = c.number(at)) > 0) return 51 + fault;
    s.pid = c.value;
  }
  if (w.uid === true && s.uid === -1) {
    if ((at = c.after("uid=")) === 0) s.uid = 0;
    else {
      if ((fault = c.number(at)) > 0) return 54 + fault;
      s.uid = c.value;
    }
  }
  if (w.loginuid === true && s.loginuid === -2) {
    if ((at = c.after("auid=")) === 0) s.loginuid = -1;
    else {
      if ((fault = c.number(at)) > 0) return 56 + fault;
      s.loginuid = c.value;
    }
  }
  if (w.terminal === true && s.terminal === null) {
    if ((at = c.after("tty=")) === 0) s.terminal = "(none)";
    else if ((s.terminal = c.word(at)) === null) return 59;
  }
  if (w.session === true && s.session === -2) {
    if ((at = c.after("ses=")) === 0) s.session = -1;
    else {
      if ((fault = c.number(at)) > 0) return 59 + fault;
      s.session = c.value;
    }
  }
  if (w.subject === true && s.avc === null) {
    if ((at = c.after("subj=")) === 0) return 64;
    const label = c.word(at);
    if (label === null) return 62;
    addLabel(s, { scontext: label });
  }
  if (w.comm === true && s.comm === null) {
    if ((at = c.after("comm=")) === 0) return 66;
    const comm = c.quoted(at);
    if (comm === undefined) return 65;
    s.comm = comm;
  }
  if (w.exe === true && s.exe === null) {
    if ((at = c.afterFirst("exe=")) === 0) s.exe = "(null)";
    else {
      const exe = c.quoted(at);
      if (exe === undefined) return 67;
      s.exe = exe;
    }
  }
  return w.success === true && !readResult(c, s) ? 69 : 0;
}
