import { unescaped } from "./c-text.ts";
import { addLabel, FieldCursor, readPath, readResult } from "./field-cursor.ts";
import { AVC, type AvcFields, emptyAvc, type SearchFields, SUCCESS, type Wanted } from "./search-fields.ts";

// Each parser follows the one of its name in audit-userspace's src/ausearch-parse.c; see parse-syscall.ts.

const TYPE = {
  addGroup: 1116,
  delGroup: 1117,
  groupManagement: 1132,
  userAvc: 1107,
  virtResource: 2501,
  virtMachineId: 2502,
};

/** A value that old programs wrote bare: to the next space; decoded where it is hex alone. */
function bareValue(c: FieldCursor, from: number): string | null {
  const { text } = c;
  let end = text.indexOf(" ", from);
  if (end < 0) end = text.length;
  c.at = end;
  const word = text.slice(from, end);
  return /^[0-9a-fA-F]*$/.test(word) ? unescaped(text, from) : word;
}

/** Labels of a user's record; those of an access vector decision go to `avc`. @returns 0 or the fault. */
function readLabels(c: FieldCursor, s: SearchFields, w: Wanted, avc: AvcFields | null): number {
  let at = 0;
  if (w.subject === true && (at = c.after("subj=")) > 0) {
    const label = c.word(at);
    if (label === null) return 12;
    if (avc === null) addLabel(s, { scontext: label });
    else avc.scontext = label;
  }
  if (avc === null || w.object !== true) return 0;
  if ((at = c.after("tcontext=")) > 0) {
    const label = c.word(at);
    if (label === null) c.at = at;
    else avc.tcontext = label;
  }
  if ((at = c.after("tclass=")) > 0) {
    const name = c.word(at);
    if (name === null) c.at = at;
    else avc.class = name;
  }
  return 0;
}

/** Virtual machines: their names, labels and disks. @returns 0 or the fault. */
function readMachine(c: FieldCursor, type: number, s: SearchFields, w: Wanted): number {
  let at = 0;
  if (w.vmname === true && (at = c.after("vm=")) > 0) {
    const name = c.quoted(at);
    if (name === undefined) return 23;
    s.vmname = name;
  }
  if (w.uuid === true && (at = c.after("uuid=")) > 0) {
    const [uuid = ""] = /^[^ :]*/.exec(c.text.slice(at)) ?? [];
    if (uuid === "") return 24;
    s.uuid = uuid;
    c.at = at + uuid.length;
  }
  if (type === TYPE.virtMachineId) {
    if (w.subject === true && (at = c.after("vm-ctx=")) > 0) {
      const label = c.word(at);
      if (label === null) return 27;
      addLabel(s, { scontext: label });
    }
    if (w.object === true && (at = c.after("img-ctx=")) > 0) {
      const label = c.word(at);
      if (label === null) return 29;
      addLabel(s, { tcontext: label });
    }
  } else if (type === TYPE.virtResource && w.files === true) {
    at = c.after(" path=") || c.after(" new-disk=");
    if (at > 0) {
      const fault = readPath(s, c.text, at);
      if (fault > 0) return fault;
      c.at = at;
    }
  }
  return 0;
}

/** The ids at the head of a user's record. @returns 0 or the fault. */
function readIds(c: FieldCursor, s: SearchFields, w: Wanted): number {
  let at = 0;
  let fault = 0;
  if (w.pid === true) {
    if ((at = c.after("pid=")) === 0) return 1;
    if ((fault = c.number(at)) > 0) return 1 + fault;
    s.pid = c.value;
  }
  if (w.uid === true) {
    if ((at = c.after("uid=")) === 0) return 4;
    if ((fault = c.number(at)) > 0) return 4 + fault;
    s.uid = c.value;
  }
  if (w.loginuid === true) {
    if ((at = c.after("auid=") || c.after("loginuid=")) === 0) return 7;
    if ((fault = c.number(at)) > 0) return 7 + fault;
    s.loginuid = c.value;
  }
  if (w.session === true && (at = c.after("ses=")) > 0) {
    if ((fault = c.number(at)) > 0) return 9 + fault;
    s.session = c.value;
  }
  return 0;
}

/** Some records have a second uid, which is the one that is meant (USER_LOGIN). @returns 0 or the fault. */
function readSecondUid(c: FieldCursor, s: SearchFields): number {
  const { text } = c;
  for (;;) {
    const at = c.after("uid=");
    if (at === 0) return 0;
    const before = text[at - 5];
    if (before === "a") {
      c.at = at - 3;
      continue;
    }
    if (before === "s" || before === "u") return 0;
    if (before !== "'" && before !== " ") return 25;
    const [digits = ""] = /^\d*/.exec(text.slice(at, at + 24)) ?? [];
    if (digits === "") return 14;
    c.at = at + digits.length;
    s.uid = Number(BigInt.asIntN(32, BigInt(digits)));
    return 0;
  }
}

/** The host, or its address where the host is `?`. @returns 0 or the fault. */
function readHost(c: FieldCursor, s: SearchFields): number {
  const endOf = (from: number): number => {
    const comma = c.text.indexOf(",", from);
    return comma < 0 ? c.text.indexOf(" ", from) : comma;
  };
  const at = c.after("hostname=");
  if (at === 0) return 0;
  const end = endOf(at);
  if (end < 0) return 17;
  s.hostname = c.text.slice(at, end);
  if (s.hostname !== "?") return 0;
  const found = c.text.indexOf("addr=", end + 1);
  if (found < 0) return 0;
  const addressEnd = endOf(found + 5);
  if (addressEnd < 0) return 18;
  s.hostname = c.text.slice(found + 5, addressEnd);
  return 0;
}

/** How it ended. @returns 0 or the fault. */
function readOutcome(c: FieldCursor, s: SearchFields): number {
  let at = c.after("res=");
  if (at > 0) {
    if (c.text.indexOf("'", at) < 0) return 21;
    s.success = c.text.startsWith("failed", at) ? SUCCESS.failed : SUCCESS.yes;
    return 0;
  }
  if ((at = c.after("result=")) === 0) return 0;
  const end = c.text.indexOf(")", at);
  if (end < 0) return 22;
  s.success = c.text.slice(at, end).toLowerCase() === "success" ? SUCCESS.yes : SUCCESS.failed;
  return 0;
}

/** USER and all messages that programs write; `avc` takes the labels of a decision. */
export function parseUser(
  message: string,
  type: number,
  s: SearchFields,
  w: Wanted,
  avc: AvcFields | null,
): number {
  const c = new FieldCursor(message);
  let at = 0;
  let fault = readIds(c, s, w) || readLabels(c, s, w, avc);
  if (fault > 0) return fault;
  if (w.gid === true && (type === TYPE.addGroup || type === TYPE.delGroup || type === TYPE.groupManagement)) {
    at = c.after(" id=") || (type === TYPE.groupManagement ? c.after("gid=") : 0);
    if (at > 0) {
      if ((fault = c.number(at)) > 0) return 30 + fault;
      s.gid = c.value;
    }
  }
  fault = readMachine(c, type, s, w) || (w.uid === true ? readSecondUid(c, s) : 0);
  if (fault > 0) return fault;
  // From here on what is found does not move the search, but for the account.
  const from = c.at;
  if (w.comm === true && (at = c.after("comm=")) > 0) {
    const comm = c.quoted(at);
    if (comm === undefined) return 16;
    s.comm = comm;
    c.at = from;
  }
  if ((at = c.after("acct=")) > 0) {
    if (message[at] === '"') {
      let end = message.indexOf('"', at + 1);
      if (end < 0) end = message.length;
      s.acct ??= message.slice(at + 1, end);
      c.at = end;
    } else s.acct = bareValue(c, at);
  }
  const rest = c.at;
  if (w.hostname === true && (fault = readHost(c, s)) > 0) return fault;
  if (w.files === true && (at = c.after("cwd=")) > 0) {
    const cwd = message[at] === '"' ? c.quoted(at) : bareValue(c, at);
    if (cwd === undefined) return 20;
    s.cwd = cwd;
    c.at = rest;
  }
  if (w.terminal === true && (at = c.after("terminal=")) > 0) {
    let end = message.indexOf(" ", at);
    if (end < 0) end = message.indexOf(")", at);
    if (end < 0) return 19;
    s.terminal = message.slice(at, end);
  }
  if (w.exe === true && (at = c.after("exe=")) > 0) {
    const exe = message[at] === '"' ? c.quoted(at) : bareValue(c, at);
    if (exe === undefined) return 26;
    s.exe = exe;
    c.at = rest;
  }
  return w.success === true ? readOutcome(c, s) : 0;
}

/** AVC and USER_AVC: an access vector decision, or what a program's policy says. */
export function parseAvc(message: string, type: number, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  const avc = emptyAvc();
  let at = c.after("avc: ");
  const open = at > 0 ? message.indexOf("{", at) : -1;
  if (open >= 0) {
    if (w.success === true) {
      const isDenied = message.slice(at, open).includes("denied");
      s.success = isDenied ? SUCCESS.failed : SUCCESS.yes;
      avc.result = isDenied ? AVC.denied : AVC.granted;
    }
    const close = message.indexOf("}", open + 1);
    if (close < 0) return 2;
    avc.permission = message.slice(open + 1, close).replace(/^ +| +$/g, "");
    c.at = close;
  }
  if (type === TYPE.userAvc) {
    const fault = parseUser(message, type, s, w, avc);
    addLabel(s, avc);
    return fault > 20 ? 0 : fault;
  }
  let fault = 0;
  if (w.pid === true && (at = c.after("pid=")) > 0) {
    if ((fault = c.number(at)) > 0) return 2 + fault;
    s.pid = c.value;
  }
  if (w.comm === true && s.comm === null) {
    if ((at = c.after("comm=")) === 0) return 5;
    const isQuoted = message[at] === '"';
    const comm = c.quoted(at);
    if (comm === undefined) return 6;
    if (comm === null) return 11;
    s.comm = comm;
    if (!isQuoted) c.at = at + 6;
  }
  if (w.files === true && (at = c.after(" path=") || c.after(" name=")) > 0) {
    if ((fault = readPath(s, message, at)) > 0) return fault;
    c.at += 7;
  }
  if (w.subject === true && (at = c.after("scontext=")) > 0) {
    const label = c.word(at);
    if (label === null) return 7;
    avc.scontext = label;
  }
  if (w.object === true && (at = c.after("tcontext=")) > 0) {
    const label = c.word(at);
    if (label === null) return 8;
    avc.tcontext = label;
  }
  if ((at = c.after("tclass=")) === 0) return 9;
  avc.class = c.lastWord(at);
  addLabel(s, avc);
  return 0;
}

export function parseLogin(message: string, s: SearchFields, w: Wanted): number {
  const c = new FieldCursor(message);
  let at = 0;
  let fault = 0;
  if (w.pid === true) {
    if ((at = c.after("pid=")) === 0) return 1;
    if ((fault = c.number(at)) > 0) return 1 + fault;
    s.pid = c.value;
  }
  if (w.uid === true) {
    if ((at = c.after("uid=")) === 0) return 4;
    if ((fault = c.number(at)) > 0) return 4 + fault;
    s.uid = c.value;
  }
  if (w.subject === true && (at = c.after("subj=")) > 0) {
    const label = c.word(at);
    if (label === null) return 12;
    addLabel(s, { scontext: label });
  }
  if (w.loginuid === true) {
    // Linux 3.14 changed `old auid=… new auid=…` to `old-auid=… auid=…`.
    if ((at = c.after("new auid=") || c.after(" auid=") || c.after("new loginuid=")) === 0) return 7;
    if (c.lastNumber(at, 0) > 0) return 8;
    s.loginuid = c.value;
  }
  if (w.success === true) {
    if (c.after("res=") === 0) s.success = SUCCESS.yes;
    else {
      const end = message.indexOf(" ", c.after("res="));
      if (!readResult(c, s)) return 9;
      if (end < 0) c.at = 0;
    }
  }
  if (w.session === true) {
    if ((at = c.after("new ses=") || c.after(" ses=")) === 0) return 14;
    if (c.lastNumber(at, 0) > 0) return 11;
    s.session = c.value;
  }
  return 0;
}
