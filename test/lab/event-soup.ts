import { machineOf } from "../../src/records/audit/tables/machine.ts";
import { CALL_ACTIONS } from "../../src/records/audit/tables/normal-words.generated.ts";
import { Random } from "../bench/random.ts";

/** Fields of all kinds of records, with values that are read in different ways. */
const FIELDS =
  `pid=12 uid=0 uid=33 auid=0 ses=4 ses=4294967295 auid=4294967295 uid=60001 old-auid=4294967295 id=0 id=33
acct="root" acct=726F6F74 acct="nobody2" acct=root res=success res=failed res=1 res=0 success=yes success=no op=add_rule
op="add_rule" op=remove_rule op=set op=LOAD op=connect op=disconnect op=PAM:x exe="/usr/bin/python3" exe="/usr/bin/bash"
exe="/usr/sbin/sshd" exe=2F612062 comm="sh" comm=612062 hostname=? hostname=h1 addr=1.2.3.4 addr=? terminal=ssh
terminal=/dev/pts/0 cmd=6C73 cmd="ls" data=6C730D data="x" data=6 device="d" sw="pkg" sw_type=rpm root_dir="/" gpg_res=1
key_enforce=0 vm="v1" uuid=1-2-3 resrc=disk new-level=3 unit=cron selected-context=a:b:c printer=lp bool=httpd enforcing=1
fp=SHA256:aa rport=22 lport=33 audit_enabled=1 audit_pid=3 audit_backlog_limit=64 audit_failure=1 actions=kill key="k1"
key=(null) key=6B01646F63 key=zz list=4 table=filter family=2 dev=eth0 prom=256 prom=0 feature=loginuid syscall=59
arch=c000003e code=0x7fff0000 code=0x0 sig=11 scontext=a:b:c:s0 tcontext=d:e:f:s0,c1 tclass=file subj=u:r:t:s0
subj=unconfined seresult=x unlbl_accept=1 unlbl_accept=0 nlbl_domain=dom prog-id=17 nl-mcgrp=1 name="/a/../b" mode=0100644
item=0 a0=1 kernel=5.1 msg='op=x tty=pts0 gid=0 uuid=x) x=(none) y=a: z=b, w=c' (q=1 empty= proctitle=6C73 cwd="/w"
saddr=01002F6100 nametype=NORMAL inode=4`.split(/\s/);

/** Every range of record types, and numbers without a name. */
const TYPES = [
  1005,
  1006,
  2000,
  999,
  1298,
  1299,
  1950,
  3000,
  ...[
    [1100, 40],
    [1200, 12],
    [1301, 39],
    [1400, 22],
    [1500, 8],
    [1700, 10],
    [1800, 9],
    [2100, 18],
    [2200, 18],
    [2300, 16],
    [2400, 12],
    [2500, 9],
  ].flatMap(([from = 0, count = 0]) => Array.from({ length: count }, (_, index) => from + index)),
];

const hex = (text: string): string => Buffer.from(text, "latin1").toString("hex").toUpperCase();
const NAMES = [
  '"/etc/passwd"',
  '"rel/a"',
  '"../up"',
  "(null)",
  hex("a b"),
  '"./x/."',
  '"/x/../y"',
  '"/"',
  '".."',
];
const PROGRAMS = ['"/usr/bin/python3.11"', '"/usr/bin/bash"', '"/bin/ls"', hex("/a b/c"), '"/usr/bin/sh"'];
const ARGUMENTS = ["0", "1", "ffffffff", "ffffffffffffffff", "1a4", "ffffff9c", "41", "5"];
const CALLS = Object.values(CALL_ACTIONS).flatMap((names) => names.split(" "));
const X86_64 = new Map([...(machineOf("c000003e")?.syscalls ?? [])].map(([number, name]) => [name, number]));
/** Records that may stand beside a system call's, by type and body. */
const COMPANIONS: readonly string[] = [
  "SOCKADDR saddr=020000357F0000010000000000000000",
  "SOCKADDR saddr=01002F72756E2F646F636B65722E736F636B00",
  "SOCKADDR saddr=100000000000000000000000",
  "SOCKADDR saddr=0100",
  'AVC avc:  denied  { read write } for  pid=7 comm="cmd" scontext=a:b:c:s0 tcontext=d:e:f:s0 tclass=file',
  'SELINUX_ERR op=security_compute_sid invalid_context="a:b:c" scontext=a:b:c tcontext=d:e:f tclass=process',
  'NETFILTER_CFG table=filter family=2 entries=4 op=register pid=3 comm="ipt"',
  "ANOM_PROMISCUOUS dev=eth0 prom=256 old_prom=0 auid=0 uid=0 gid=0 ses=4",
  "ANOM_PROMISCUOUS dev=eth0 old_prom=0 auid=0",
  'KERN_MODULE name="xt_mark"',
  "MAC_POLICY_LOAD auid=0 ses=4 lsm=selinux res=1",
  "MAC_STATUS enforcing=1 old_enforcing=0 auid=0 ses=4",
  "MAC_CONFIG_CHANGE bool=httpd val=1 old_val=0 auid=0 ses=4",
  "FANOTIFY resp=2",
  "TIME_INJOFFSET sec=-1 nsec=2",
  "BPF prog-id=75 op=LOAD",
  "BPF prog-id=75",
  'EVENT_LISTENER pid=1 uid=0 auid=0 tty=(none) ses=4 comm="x" exe="/x" nl-mcgrp=1 op=connect res=1',
  "CONFIG_CHANGE auid=0 ses=4 op=set audit_enabled=1 old=0 res=1",
  'CONFIG_CHANGE auid=0 ses=4 op=add_rule key="k" list=4 res=1',
  "CONFIG_CHANGE auid=0 ses=4 op=seccomp-logging actions=kill_process res=1",
  "CONFIG_CHANGE auid=0 ses=4 res=1",
  'ANOM_LINK op=follow_link ppid=1 pid=2 auid=0 uid=0 comm="x" exe="/x" res=0',
  `EXECVE argc=2 a0="ls" a1=${hex("a b")}`,
  'OBJ_PID opid=5 oauid=0 ouid=0 oses=4 ocomm="x"',
  "FD_PAIR fd0=3 fd1=4",
  "OPENAT2 oflag=0x0 mode=0 resolve=0x8",
  "UNKNOWN[1350] x=1",
];

/** Events that no machine wrote: records of every type with fields of any, and system calls with any companions. */
export class EventSoup {
  readonly #random: Random;
  #serial = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** A log of this many events of one record. */
  records(count: number): string {
    return Array.from({ length: count }, () => this.#record()).join("");
  }

  /** A log of this many events with a system call, but for some that lost it. */
  calls(count: number): string {
    return Array.from({ length: count }, () => this.#call()).join("");
  }

  #stamp(): string {
    this.#serial += 1;
    const milli = String(this.#serial % 1000).padStart(3, "0");
    return `msg=audit(${1_700_000_000 + Math.floor(this.#serial / 500)}.${milli}:${this.#serial}):`;
  }

  #record(): string {
    const random = this.#random;
    const type = random.pick(TYPES);
    const fields = Array.from({ length: random.below(14) }, () => random.pick(FIELDS));
    const node = random.chance(0.1) ? "node=web1 " : "";
    const avc = type === 1400 && random.chance(0.7) ? "avc:  denied  { read write } for " : "";
    const end = random.chance(0.3) ? "'" : "";
    const added = random.chance(0.3) ? '\x1dAUID="joe" UID="root" SYSCALL=openat ARCH=x86_64' : "";
    return `${node}type=UNKNOWN[${type}] ${this.#stamp()} ${avc}${fields.join(" ")}${end}${added}\n`;
  }

  #call(): string {
    const random = this.#random;
    const stamp = this.#stamp();
    const records = [this.#syscall(stamp)];
    const companion = (): string => random.pick(COMPANIONS).replace(" ", ` ${stamp} `);
    const cwd = random.pick(['"/root"', '"/"', hex("/a b"), '"/w/../v"', '"rel"']);
    if (random.chance(0.8)) records.push(`CWD ${stamp} cwd=${cwd}`);
    if (random.chance(0.15)) records.push(companion());
    const paths = random.pick([0, 1, 1, 2, 2, 3, 4, 5, 6]);
    for (let item = 0; item < paths; item += 1) records.push(this.#path(stamp, item));
    if (random.chance(0.35))
      records.splice(random.chance(0.7) ? 0 : random.below(records.length), 0, companion());
    if (random.chance(0.7)) records.push(`PROCTITLE ${stamp} proctitle=${hex("ls\0-l")}`);
    if (random.chance(0.05)) records.push(companion());
    if (records.length > 1 && random.chance(0.1)) records.splice(random.below(records.length), 1);
    const node = random.chance(0.1) ? "node=h1 " : "";
    return records.map((record) => `${node}type=${record}\n`).join("");
  }

  #syscall(stamp: string): string {
    const random = this.#random;
    const name = random.pick(CALLS);
    const arch = random.pick(["c000003e", "c000003e", "c000003e", "40000003", "c00000b7", "deadbeef"]);
    const args = [0, 1, 2, 3].map((index) => `a${index}=${random.pick(ARGUMENTS)}`).join(" ");
    const success = random.chance(0.95) ? `success=${random.pick(["yes", "no", "yes", "no", "x"])} ` : "";
    const who = `auid=${random.pick(["0", "33", "4294967295", "70000"])} uid=${random.pick(["0", "33", "60001"])}`;
    const label = random.chance(0.3)
      ? ` subj=${random.pick(["u:r:t:s0-s0:c0.c1023", "docker-default (enforce)"])}`
      : "";
    const key = random.pick(["(null)", '"k1"', hex("a\x01b c"), hex("x y")]);
    const added = random.chance(0.4) ? `\x1dARCH=x86_64 SYSCALL=${name} AUID="joe" UID="root"` : "";
    return `SYSCALL ${stamp} arch=${arch} syscall=${X86_64.get(name) ?? 999} ${success}exit=0 ${args} items=2 ppid=1 pid=7 ${who} gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=4 comm="cmd" exe=${random.pick(PROGRAMS)}${label} key=${key}${added}`;
  }

  #path(stamp: string, item: number): string {
    const random = this.#random;
    const mode = random.pick(["0100644", "040755", "020666", "060660", "010644", "0120777", "0140755"]);
    const label = random.chance(0.3) ? " obj=u:o:t:s0:c1,c2" : "";
    const kind = random.pick(["NORMAL", "PARENT", "CREATE", "DELETE", "PARENT", "UNKNOWN"]);
    const end = random.chance(0.95) ? ` nametype=${kind}` : "";
    return `PATH ${stamp} item=${item} name=${random.pick(NAMES)} inode=${item + 5} dev=fe:00 mode=${mode} ouid=0 ogid=0 rdev=00:00${label}${end}`;
  }
}
