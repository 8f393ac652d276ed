/** Who does something, in audit's numbers and enriched words. */
export interface AuditPerson {
  readonly user: string;
  readonly uid: number;
  readonly ses: number;
}

const ENRICHED = "\x1d";
const hex = (text: string): string => Buffer.from(text).toString("hex").toUpperCase();
const UNSET = 4_294_967_295;
const ROOT = `uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0`;
const ROOT_WORDS = `UID="root" GID="root" EUID="root" SUID="root" FSUID="root" EGID="root" SGID="root" FSGID="root"`;

/**
 * Writes audit events as auditd 3 writes them (ENRICHED), each with its own serial. For tests that need to know what
 * they wrote; detection is tested on captured logs.
 */
export class AuditLines {
  #serial = 1000;
  readonly #now: () => number;

  /** @param now the time of the next event, in milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A file outside Docker's is written: nothing to alert about. Four records. */
  noise(person: AuditPerson): string {
    return this.#write(person, `/srv/app/file-${this.#serial}`, "other");
  }

  /** A file of Docker's configuration is written. Four records. */
  configEdit(person: AuditPerson, path: string): string {
    return this.#write(person, path, "dw-config");
  }

  /** sshd opens a session for somebody who has logged in. One record. */
  sessionStart({ user, uid, ses }: AuditPerson, address: string): string {
    return `type=USER_START ${this.#stamp()} pid=${3000 + ses} uid=0 auid=${uid} ses=${ses} msg='op=PAM:session_open grantors=pam_unix acct="${user}" exe="/usr/sbin/sshd" hostname=${address} addr=${address} terminal=ssh res=success'${ENRICHED}UID="root" AUID="${user}"\n`;
  }

  /** A program starts that belongs to no login, as all do in containers. Four records. */
  exec(ids: { readonly pid: number; readonly ppid: number }, exe: string, argv: readonly string[]): string {
    const stamp = this.#stamp();
    const words = argv.map((word, at) => ` a${at}="${word}"`).join("");
    const comm = exe.slice(exe.lastIndexOf("/") + 1, exe.lastIndexOf("/") + 16);
    return `${[
      `type=SYSCALL ${stamp} arch=c000003e syscall=59 success=yes exit=0 a0=c000 a1=c001 a2=c002 a3=0 items=1 ppid=${ids.ppid} pid=${ids.pid} auid=${UNSET} ${ROOT} tty=(none) ses=${UNSET} comm="${comm}" exe="${exe}" key="dw-exec"${ENRICHED}ARCH=x86_64 SYSCALL=execve AUID="unset" ${ROOT_WORDS}`,
      `type=EXECVE ${stamp} argc=${argv.length}${words}`,
      `type=CWD ${stamp} cwd="/"`,
      `type=PROCTITLE ${stamp} proctitle=${hex(argv.join("\0"))}`,
    ].join("\n")}\n`;
  }

  #stamp(): string {
    this.#serial += 1;
    return `msg=audit(${(this.#now() / 1000).toFixed(3)}:${this.#serial}):`;
  }

  #write({ user, uid, ses }: AuditPerson, path: string, key: string): string {
    const stamp = this.#stamp();
    const title = `tee\0${path}`;
    return `${[
      `type=SYSCALL ${stamp} arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffd5c1f a2=241 a3=1b6 items=1 ppid=4000 pid=${4001 + (this.#serial % 20_000)} auid=${uid} ${ROOT} tty=(none) ses=${ses} comm="tee" exe="/usr/bin/tee" key="${key}"${ENRICHED}ARCH=x86_64 SYSCALL=openat AUID="${user}" ${ROOT_WORDS}`,
      `type=CWD ${stamp} cwd="/root"`,
      `type=PATH ${stamp} item=0 name="${path}" inode=${100 + this.#serial} dev=fe:00 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0${ENRICHED}OUID="root" OGID="root"`,
      `type=PROCTITLE ${stamp} proctitle=${hex(title)}`,
    ].join("\n")}\n`;
  }
}
