import { Random } from "../bench/random.ts";

const HOSTS = ["?", "host1", "10.0.0.7", "averyveryverylonghostname.example"];
const TERMINALS = ["ssh", "/dev/pts/1", "pts/2", "/dev/", "(none)", "averylongterminalname"];
const DONE = "hostname=? addr=? terminal=? res=success'";

/**
 * Logins, logouts, boots and shutdowns of 2023, of few sessions, so that these often meet; many are odd.
 * @param isForward the clock never goes back.
 */
export function loginSoup(seed: number, count: number, isForward: boolean): string {
  const random = new Random(seed);
  let sec = 1_680_000_000;
  let milli = 0;
  let text = "";
  for (let serial = 1; serial <= count; serial += 1) {
    if (!isForward && random.chance(0.1)) sec -= 1 + random.below(2);
    else sec += random.pick([0, 0, 1, 1, 3, 70, 4000]);
    milli = isForward ? Math.min(milli + 1, 999) : random.below(1000);
    const stamp = `msg=audit(${sec}.${String(milli).padStart(3, "0")}:${serial}):`;
    if (milli === 999) {
      sec += 1;
      milli = 0;
    }
    text += event(random, stamp, serial);
  }
  return text;
}

function event(random: Random, stamp: string, serial: number): string {
  const ses = 1 + random.below(8);
  const auid = random.chance(0.3) ? 0 : 33 + (ses % 3) * 1000;
  const pid = random.chance(0.03) ? -1 : 100 + ses;
  const who = `pid=${pid} uid=0`;
  const added = random.pick([
    "",
    `\x1dUID="root" AUID="user${auid}"`,
    `\x1dUID="root" OLD-AUID="unset" AUID="averylongname${auid}" ID="user${auid}"`,
  ]);
  const kind = random.below(100);
  if (kind < 22)
    return `type=LOGIN ${stamp} ${who} old-auid=4294967295 auid=${random.chance(0.1) ? 4294967295 : auid} tty=(none) old-ses=4294967295 ses=${ses} res=1${added}\n`;
  if (kind < 28)
    return `type=LOGIN ${stamp} login pid=${pid} uid=0 old auid=4294967295 new auid=${auid} old ses=4294967295 new ses=${ses}\n`;
  if (kind < 52) {
    const result = random.pick(["success", "success", "success", "failed", "1"]);
    const person =
      result === "failed"
        ? random.pick(['acct="eve"', "acct=28696E76616C6964207573657229", `id=${auid}`])
        : random.pick([`id=${auid}`, `id=${auid}`, `uid=${auid}`, 'acct="bob"']);
    const host = random.chance(0.05) ? "" : `hostname=${random.pick(HOSTS)} `;
    const terminal = random.chance(0.05) ? "" : `terminal=${random.pick(TERMINALS)} `;
    return `type=USER_LOGIN ${stamp} ${who} auid=${random.chance(0.3) ? 4294967295 : auid} ses=${ses} msg='op=login ${person} exe="/usr/sbin/sshd" ${host}addr=10.1.1.${ses} ${terminal}res=${result}'${added}\n`;
  }
  if (kind < 70)
    return `type=USER_END ${stamp} ${who} auid=${auid} ses=${ses} msg='op=PAM:session_close acct="x" exe="/usr/sbin/sshd" ${DONE}${added}\n`;
  if (kind < 73)
    return `type=SYSTEM_BOOT ${stamp} pid=1 uid=0 auid=4294967295 ses=4294967295 msg=' comm="x" exe="/x" ${DONE}\n`;
  if (kind < 76)
    return `type=SYSTEM_SHUTDOWN ${stamp} pid=1 uid=0 auid=4294967295 ses=4294967295 msg=' comm="x" exe="/x" ${DONE}\n`;
  if (kind < 79)
    return `type=DAEMON_START ${stamp} op=start ver=3.0.9 format=enriched kernel=6.${serial}.1 auid=4294967295 pid=1 uid=0 ses=4294967295 res=success\n`;
  if (kind > 90) return `type=USER_START ${stamp} ${who} auid=${auid} ses=${ses} msg='op=x res=success'\n`;
  const call = `type=SYSCALL ${stamp} arch=c000003e syscall=2 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 ppid=1 pid=2 auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=1 comm="x" exe="/x" key="k"\n`;
  return random.chance(0.7) ? `${call}type=PROCTITLE ${stamp} proctitle=6C73\n` : call;
}
