import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LogWriter } from "../bench/log-writer.ts";
import { Random } from "../bench/random.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/audit");
const VALUES = [
  ...'|?|(null)|"?"|"(null)"|""|3F|00414243|2F62696E2F6C73|2f62696e|28696E76616C696420757365722|286E756C6C29'.split(
    "|",
  ),
  ...'abc|cafe|"a=b"|"res=5"|"x exe=/y"|"a type=b"|-1|4294967295|4294967296|99999999999999999999|007|a,b|\'|0x1f'.split(
    "|",
  ),
  ...'6B01646F636B6572|01|"./rel"|"../up"|"(none)"|"type=CREATE"|"nametype=PARENT"|(none)|yes|no|1|0|failed|"unset|\x01|"a\tb"|02000050A9FEA9FE|{ a }'.split(
    "|",
  ),
];
const EXTRA = (
  'res=0 res=failed key="z" uid=5 auid=6 pid=7 ses=8 addr=10.0.0.1 hostname=h tty=pts9 terminal=t exe="/e" cwd="/w" name="n" ' +
  'nametype=PARENT comm="c" acct="a" success=no syscall=2 arch=40000003 suid=1 vm="v" old-auid=3 laddr=1.2.3.4 op=x,y id=12'
).split(" ");
const TYPES =
  "SYSCALL PATH CWD PROCTITLE EXECVE EOE SOCKADDR LOGIN USER_AUTH CONFIG_CHANGE AVC BPRM_FCAPS OBJ_PID".split(
    " ",
  );

type Line = { type: string; node: string; body: string };
const HEAD = /^(node=\S+ )?type=(\S+) msg=audit\([^)]*\):?(.*)$/s;

/** Events as lists of lines: of a generated log, and of the fixtures. */
function templates(): Line[][] {
  const writer = new LogWriter({ seed: 5, paths: 40, interleave: 0, isEnriched: true });
  let text = "";
  while (writer.records < 3000) text += writer.next();
  const logs = globSync("*/input.log", { cwd: FIXTURES }).sort();
  for (const log of [...logs, "../incident-mixed/audit.log"]) {
    const lines = readFileSync(join(FIXTURES, log), "latin1");
    text += lines.endsWith("\n") ? lines : `${lines}\n`;
  }
  const events = new Map<string, Line[]>();
  for (const line of text.split("\n")) {
    const [, node = "", type = "", body = ""] = HEAD.exec(line) ?? [];
    if (type === "") continue;
    const stamp = /msg=audit\(([^)]*)\)/.exec(line)?.[1] ?? "";
    const key = `${log(line)}${stamp}`;
    events.set(key, [...(events.get(key) ?? []), { type, node, body }]);
  }
  return [...events.values()];
}
const log = (line: string): string => (line.startsWith("node=") ? (line.split(" ")[0] ?? "") : "");

/** One thing wrong with a line's fields. */
function damaged(body: string, random: Random): string {
  const mark = body.indexOf("\x1d");
  const own = mark < 0 ? body : body.slice(0, mark);
  const added = mark < 0 ? "" : body.slice(mark);
  const words = own.split(" ");
  const at = random.below(words.length);
  const word = words[at] ?? "";
  const equals = word.indexOf("=");
  switch (random.below(15)) {
    case 12:
    case 13: {
      // Another value that is as good.
      const ids = [...own.matchAll(/ (?:pid|uid|auid|ses)=(\d+)/g)];
      const id = random.pick(ids);
      if (id === undefined)
        return `${own.replace(/ (success|res)=\S+/, random.pick([" $1=no", " $1=0"]))}${added}`;
      const value = random.pick(["7", "1000", "4294967295"]);
      return `${own.slice(0, id.index + id[0].length - (id[1]?.length ?? 0))}${value}${own.slice(id.index + id[0].length)}${added}`;
    }
    case 14:
      return `${own.replace(/ name=\S+/, ' name=""').replace(/ tty=\S+/, " tty=pts9")}${added}`;
    case 8:
    case 9: {
      // A text with something in it that looks like a field.
      const texts = words.flatMap((one, index) =>
        /^(?:comm|exe|key|name|cwd|acct|cmd)=/.test(one) ? [index] : [],
      );
      const text = random.pick(texts) ?? at;
      words[text] =
        `${words[text]?.replace(/=.*/s, "=")}"${random.pick(["a ", "", "./", "../"])}${random.pick(EXTRA).replaceAll('"', "")}"`;
      break;
    }
    case 11: {
      const from = random.below(body.length);
      return `${body.slice(0, from)}${random.pick(["\0", "\x07", "\x1d"])}${body.slice(from)}`;
    }
    case 10:
      return own.replace(/(nametype=\S+) .*/s, "$1") + added;
    case 0:
    case 1:
    case 2:
      words[at] = `${word.slice(0, equals + 1)}${VALUES[random.below(VALUES.length)]}`;
      break;
    case 3:
      words.splice(at, 1);
      break;
    case 4:
      words.splice(at, 0, EXTRA[random.below(EXTRA.length)] ?? "");
      break;
    case 5:
      words.splice(at, 2, words[at + 1] ?? "", word);
      break;
    case 6:
      return own.slice(0, random.below(own.length)) + added;
    default:
      words.splice(at, 0, word);
  }
  return words.join(" ") + added;
}

/** A log whose events have each up to three faults, one a millisecond, latin1: nothing that a log would really hold, all that it might. */
export function damagedLog(seed: number, events: number): string {
  const random = new Random(seed);
  const from = templates();
  let text = "";
  for (let serial = 1; serial <= events; serial += 1) {
    let lines = structuredClone(from[random.below(from.length)] ?? []);
    for (let fault = random.below(4); fault > 0; fault -= 1) {
      const at = random.below(lines.length);
      const line = lines[at];
      if (line === undefined) continue;
      switch (random.below(12)) {
        case 0:
          line.type = TYPES[random.below(TYPES.length)] ?? "";
          break;
        case 1:
          lines = lines.toSpliced(at, 1);
          break;
        case 2:
          lines = lines.toSpliced(random.below(lines.length), 0, { ...line });
          break;
        case 4:
        case 5:
          // As old kernels wrote them: nothing behind the name's type.
          for (const one of lines) one.body = one.body.replace(/(nametype=\S+) [^\x1d]*/s, "$1");
          break;
        case 6:
        case 7: {
          const other = random.below(lines.length);
          lines = lines.with(at, lines[other] ?? line).with(other, line);
          break;
        }
        case 3:
          lines = [...lines.slice(at), ...lines.slice(0, at)];
          break;
        default:
          line.body = damaged(line.body, random);
      }
    }
    const time = `${1_700_000_000 + Math.floor(serial / 1000)}.${String(serial % 1000).padStart(3, "0")}`;
    for (const { type, node, body } of lines)
      text += `${node}type=${type} msg=audit(${time}:${serial}):${body}\n`;
  }
  return text;
}
