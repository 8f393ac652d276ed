import { Random } from "../bench/random.ts";

const TYPES =
  "SYSCALL SYSCALL PATH PATH CWD PROCTITLE EOE EXECVE USER_LOGIN LOGIN AVC MAC_STATUS BOGUS".split(" ");
const FIELDS = [
  'key="docker" pid=7 ses=5',
  'key=646F636B6572 pid=71 ses=55 auid=1000 comm="x"',
  'comm="docker" exe="/usr/bin/docker" pid=007 ses=5',
  'item=0 name="/run/docker.sock" nametype=NORMAL',
  "item=0 name=2F72756E2F646F636B65722E736F636B nametype=NORMAL",
  "pid=8 uid=0 auid=1000 ses=6 msg='op=login exe=\"/usr/sbin/sshd\"'",
  'cwd="/root"',
  "",
];
const ADDED = ['\x1dAUID="alice" UID="docker"', "\x1d", ""];
const CALL =
  'arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=1 ppid=1 pid=9 auid=7 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm="a" exe="/b" ';

/**
 * A log, latin1, as no kernel writes it: events of some hosts lie in each other, come late and out of order, again after
 * they were complete, and after jumps of the clock; between them lines that are none.
 * @param isEnriched else lines are overlong and have NULs: of such in enriched events the real tool prints memory that
 * is not theirs.
 */
export function tangledLog(seed: number, lines: number, perSec: number, isEnriched: boolean): string {
  const random = new Random(seed);
  let text = "";
  let sec = 1_700_000_000;
  let at = 0;
  for (let line = 0; line < lines; line += 1) {
    at += 1;
    if (random.below(perSec) === 0) sec += 1;
    if (random.below(2000) === 0) sec += random.pick([-3, -1, 5, 40]);
    const odd = random.below(400);
    if (odd === 0) {
      text += random.pick(["\n", "no line\n", "type=PATH msg=audit(99999999999999999999.1:1): x\n", "\0\n"]);
      continue;
    }
    // Mostly one of the last events, now and then one of long ago or still to come.
    const back = random.below(50) === 0 ? random.below(3 * perSec) - perSec : random.below(6) - 1;
    const serial = Math.max(0, Math.floor(at / 4) - back);
    const late = random.below(60) === 0 ? random.below(4) : 0;
    const milli = String(serial % 7).padStart(3, "0");
    const node = random.below(9) === 0 ? `node=web${random.below(3)} ` : "";
    const type = random.pick(TYPES);
    const fields = random.pick(FIELDS);
    const long = odd === 1 && !isEnriched ? `pad=${"x".repeat(8800 + random.below(400))} ` : "";
    const nul = odd === 2 && !isEnriched ? "\0" : "";
    const added = isEnriched ? random.pick(ADDED) : "";
    const call = type === "SYSCALL" && random.below(8) > 0 ? CALL : "";
    text += `${node}type=${type} msg=audit(${sec - late}.${milli}:${serial}): ${call}${long}${nul}${fields}${added}\n`;
  }
  return text;
}
