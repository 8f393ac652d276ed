import {
  COMMANDS,
  FILE_CALLS,
  FIXED_PATHS,
  KEYS,
  LEAVES,
  OTHER_CALLS,
  PROGRAMS,
  STRANGERS,
  USERS,
} from "./log-words.ts";
import { Random } from "./random.ts";

export interface LogOptions {
  readonly seed: number;
  /** How many different path names there are. */
  readonly paths: number;
  /** The share of events whose records are mixed with the next event's. */
  readonly interleave: number;
  /** With what auditd's `log_format = ENRICHED` adds. */
  readonly isEnriched: boolean;
}

const UNSET = 4_294_967_295;
const START_MS = Date.UTC(2026, 10, 1);
const LABEL = "system_u:system_r:container_runtime_t:s0-s0:c0.c1023";
/** As the kernel writes text that a program chose: in quotes, or as hex where it holds a space or worse. */
const quoted = (text: string) =>
  /[\x00-\x20"\x7f-\xff]/.test(text)
    ? Buffer.from(text, "latin1").toString("hex").toUpperCase()
    : `"${text}"`;

interface Person {
  readonly auid: number;
  readonly uid: number;
  readonly ses: number;
  readonly tty: string;
  readonly pid: number;
  readonly ppid: number;
}

/** Makes one event after the other; see `generate-log.ts` for what is in them. */
export class LogWriter {
  records = 0;
  events = 0;
  readonly #random: Random;
  readonly #options: LogOptions;
  readonly #paths: readonly string[];
  readonly #addresses: readonly string[];
  #ms = START_MS;
  #serial = 1000;
  #held: readonly string[] | null = null;

  constructor(options: LogOptions) {
    this.#options = options;
    const random = new Random(options.seed);
    this.#random = random;
    const layers = Array.from({ length: Math.max(20, Math.floor(options.paths / 40)) }, () => random.hex(64));
    const paths = new Set(FIXED_PATHS.slice(0, options.paths));
    while (paths.size < options.paths) {
      const folder = random.chance(0.5) ? "overlay2" : "containers";
      paths.add(
        random.chance(0.03)
          ? `/var/lib/docker/volumes/my volume ${random.below(1e6)}/_data`
          : `/var/lib/docker/${folder}/${random.pick(layers)}/${random.pick(LEAVES)}${random.chance(0.5) ? random.below(1000) : ""}`,
      );
    }
    this.#paths = [...paths];
    this.#addresses = Array.from({ length: 600 }, () =>
      [198, 18 + random.below(2), random.below(256), 1 + random.below(254)].join("."),
    );
  }

  /** The lines that come next, with newlines; empty while an event is held back for interleaving. */
  next(): string {
    const random = this.#random;
    this.#ms += random.chance(0.95) ? 1 + random.below(12) : 500 + random.below(80_000);
    this.#serial += 1;
    this.events += 1;
    const share = random.next();
    const lines =
      share < 0.52
        ? this.#fileEvent()
        : share < 0.72
          ? this.#execEvent()
          : share < 0.76
            ? this.#callEvent()
            : this.#userEvent();
    this.records += lines.length;
    if (this.#held !== null) {
      const mixed = this.#mixed(this.#held, lines);
      this.#held = null;
      return mixed;
    }
    if (!random.chance(this.#options.interleave)) return lines.join("");
    this.#held = lines;
    return "";
  }

  /** What was held back. */
  rest(): string {
    const rest = this.#held?.join("") ?? "";
    this.#held = null;
    return rest;
  }

  /** Two events record by record, the order inside of each kept. */
  #mixed(first: readonly string[], second: readonly string[]): string {
    let text = "";
    for (let a = 0, b = 0; a < first.length || b < second.length; ) {
      const takeFirst = b >= second.length || (a < first.length && this.#random.chance(0.5));
      text += takeFirst ? first[a++] : second[b++];
    }
    return text;
  }

  #line(type: string, body: string, added = ""): string {
    const stamp = `audit(${Math.floor(this.#ms / 1000)}.${String(this.#ms % 1000).padStart(3, "0")}:${this.#serial})`;
    return `type=${type} msg=${stamp}: ${body}${this.#options.isEnriched && added !== "" ? `\x1d${added}` : ""}\n`;
  }

  #person(): Person {
    const random = this.#random;
    const isDaemon = random.chance(0.5);
    const user = Math.floor(random.next() ** 3 * USERS.length);
    const auid = isDaemon ? UNSET : uidOf(user);
    return {
      auid,
      uid: isDaemon || random.chance(0.6) ? 0 : auid,
      ses: isDaemon ? UNSET : 1 + random.below(400),
      tty: isDaemon ? "(none)" : `pts${random.below(8)}`,
      pid: 300 + random.below(32_000),
      ppid: isDaemon ? 1 : 300 + random.below(32_000),
    };
  }

  #syscall(
    call: readonly [number, string],
    args: string,
    items: number,
    exit: number,
    program: readonly [string, string],
    key: string,
  ): string {
    const { auid, uid, ses, tty, pid, ppid } = this.#person();
    const result = exit < 0 ? `success=no exit=${exit}` : `success=yes exit=${exit}`;
    const ids = `uid=${uid} gid=${uid} euid=${uid} suid=${uid} fsuid=${uid} egid=${uid} sgid=${uid} fsgid=${uid}`;
    const name = nameOf(uid);
    return this.#line(
      "SYSCALL",
      `arch=c000003e syscall=${call[0]} ${result} ${args} items=${items} ppid=${ppid} pid=${pid} auid=${auid} ${ids} tty=${tty} ses=${ses} comm=${quoted(program[0].slice(0, 15))} exe=${quoted(program[1])} subj=${LABEL} key=${key}`,
      `ARCH=x86_64 SYSCALL=${call[1]} AUID="${nameOf(auid)}" UID="${name}" GID="${name}" EUID="${name}" SUID="${name}" FSUID="${name}" EGID="${name}" SGID="${name}" FSGID="${name}"`,
    );
  }

  #key(): string {
    const random = this.#random;
    if (random.chance(0.97)) return `"${random.pick(KEYS)}"`;
    return random.chance(0.5) ? "(null)" : quoted(`docker\x01${random.pick(KEYS)}`);
  }

  #exit(): number {
    const random = this.#random;
    return random.chance(0.07) ? -random.pick([2, 13, 1, 17]) : random.below(40);
  }

  #path(item: number, name: string, kind: string): string {
    return this.#line(
      "PATH",
      `item=${item} name=${quoted(name)} inode=${2_000_000 + this.#random.below(900_000)} dev=fe:00 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=${kind} cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0`,
      'OUID="root" OGID="root"',
    );
  }

  #title(words: readonly string[]): string {
    const text = words.join("\0").slice(0, 128);
    return this.#line(
      "PROCTITLE",
      `proctitle=${words.length === 1 ? quoted(text) : Buffer.from(text, "latin1").toString("hex").toUpperCase()}`,
    );
  }

  #fileEvent(): string[] {
    const random = this.#random;
    const call = random.pick(FILE_CALLS);
    const program = random.pickSkewed(PROGRAMS);
    const name = random.pickSkewed(this.#paths);
    const args = `a0=ffffff9c a1=${random.hex(12)} a2=${random.hex(3)} a3=0`;
    const parent = `${name.slice(0, name.lastIndexOf("/", name.length - 2))}/`;
    return [
      this.#syscall(call, args, 2, this.#exit(), program, this.#key()),
      this.#line("CWD", 'cwd="/"'),
      this.#path(0, parent, "PARENT"),
      this.#path(1, name, random.pick(["NORMAL", "NORMAL", "CREATE", "DELETE"])),
      this.#title([program[1], "--config", "/etc/docker/daemon.json"]),
    ];
  }

  #execEvent(): string[] {
    const random = this.#random;
    const words = random.pick(COMMANDS);
    const exe = `/usr/bin/${(words[0] as string).split("/").at(-1)}`;
    const args = `a0=${random.hex(12)} a1=${random.hex(12)} a2=${random.hex(12)} a3=8`;
    return [
      this.#syscall([59, "execve"], args, 2, random.chance(0.03) ? -2 : 0, [exe.slice(9), exe], this.#key()),
      this.#line(
        "EXECVE",
        `argc=${words.length} ${words.map((word, at) => `a${at}=${quoted(word)}`).join(" ")}`,
      ),
      this.#line("CWD", `cwd=${quoted(random.pick(["/", "/root", "/home/alice", "/srv/my app"]))}`),
      this.#path(0, exe, "NORMAL"),
      this.#path(1, "/lib64/ld-linux-x86-64.so.2", "NORMAL"),
      this.#title(words),
    ];
  }

  #callEvent(): string[] {
    const random = this.#random;
    const call = random.pick(OTHER_CALLS);
    const program = random.pickSkewed(PROGRAMS);
    const args = `a0=${random.hex(1)} a1=${random.hex(12)} a2=${random.hex(2)} a3=0`;
    const lines = [this.#syscall(call, args, 0, this.#exit(), program, this.#key())];
    if (call[0] === 42 || call[0] === 49) {
      const isUnix = random.chance(0.6);
      const octets = [169, 254, 169, 254];
      const saddr = isUnix
        ? `0100${Buffer.from("/run/docker.sock\0").toString("hex").toUpperCase()}`
        : `02000050${octets.map((octet) => octet.toString(16).padStart(2, "0").toUpperCase()).join("")}0000000000000000`;
      lines.push(
        this.#line(
          "SOCKADDR",
          `saddr=${saddr}`,
          isUnix
            ? "SADDR={ saddr_fam=local path=/run/docker.sock }"
            : `SADDR={ saddr_fam=inet laddr=${octets.join(".")} lport=80 }`,
        ),
      );
    }
    lines.push(this.#title([program[1]]));
    return lines;
  }

  #userEvent(): string[] {
    const random = this.#random;
    const user = Math.floor(random.next() ** 3 * USERS.length);
    const uid = uidOf(user);
    const address = random.chance(0.8) ? random.pickSkewed(this.#addresses) : "?";
    const pid = 300 + random.below(32_000);
    const ses = 1 + random.below(400);
    const isRefused = random.chance(0.3);
    const acct = isRefused ? random.pick(STRANGERS) : `"${USERS[user]}"`;
    const host = `hostname=${address} addr=${address}`;
    const before = `pid=${pid} uid=0 auid=${UNSET} ses=${UNSET} subj=${LABEL}`;
    const within = `pid=${pid} uid=0 auid=${uid} ses=${ses} subj=${LABEL}`;
    const beforeAdded = 'UID="root" AUID="unset"';
    const withinAdded = `UID="root" AUID="${nameOf(uid)}"`;
    const pam = (op: string, grantors: string, res: string) =>
      `msg='op=PAM:${op} grantors=${grantors} acct=${acct} exe="/usr/sbin/sshd" ${host} terminal=ssh res=${res}'`;
    const result = isRefused ? "failed" : "success";
    switch (random.below(10)) {
      case 0:
        return [
          this.#line(
            "USER_AUTH",
            `${before} ${pam("authentication", isRefused ? "?" : "pam_unix", result)}`,
            beforeAdded,
          ),
        ];
      case 1:
        return [this.#line("USER_ACCT", `${before} ${pam("accounting", "pam_unix", result)}`, beforeAdded)];
      case 2:
        return [this.#line("CRED_ACQ", `${before} ${pam("setcred", "pam_unix", "success")}`, beforeAdded)];
      case 3:
        return [
          this.#line(
            "LOGIN",
            `pid=${pid} uid=0 subj=${LABEL} old-auid=${UNSET} auid=${uid} tty=(none) old-ses=${UNSET} ses=${ses} res=1`,
            `UID="root" OLD-AUID="unset" AUID="${nameOf(uid)}"`,
          ),
        ];
      case 4:
        return [
          this.#line(
            "USER_START",
            `${within} ${pam("session_open", "pam_env,pam_limits,pam_unix", "success")}`,
            withinAdded,
          ),
        ];
      case 5:
        return [
          this.#line(
            "USER_END",
            `${within} ${pam("session_close", "pam_env,pam_limits,pam_unix", "success")}`,
            withinAdded,
          ),
        ];
      case 6:
        return [this.#line("CRED_DISP", `${within} ${pam("setcred", "pam_unix", "success")}`, withinAdded)];
      case 7:
        return [
          this.#line(
            "USER_LOGIN",
            `${isRefused ? before : within} msg='op=login ${isRefused ? `acct=${acct}` : `id=${uid}`} exe="/usr/sbin/sshd" ${host} terminal=ssh res=${result}'`,
            isRefused ? beforeAdded : `${withinAdded} ID="${nameOf(uid)}"`,
          ),
        ];
      case 8:
        return [
          this.#line(
            "USER_CMD",
            `pid=${pid} uid=${uid} auid=${uid} ses=${ses} subj=${LABEL} msg='cwd="/home/${USERS[user]}" cmd=${quoted(random.pick(COMMANDS).join(" "))} exe="/usr/bin/sudo" terminal=pts/${random.below(8)} res=${result}'`,
            `UID="${nameOf(uid)}" AUID="${nameOf(uid)}"`,
          ),
        ];
      default:
        return [
          this.#line(
            random.chance(0.5) ? "SERVICE_START" : "SERVICE_STOP",
            `pid=1 uid=0 auid=${UNSET} ses=${UNSET} subj=${LABEL} msg='unit=docker comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=? res=success'`,
            beforeAdded,
          ),
        ];
    }
  }
}

const uidOf = (user: number): number => (user === 0 ? 0 : 999 + user);
const nameOf = (uid: number): string =>
  uid === UNSET ? "unset" : ((uid === 0 ? "root" : USERS[uid - 999]) ?? "unknown");
