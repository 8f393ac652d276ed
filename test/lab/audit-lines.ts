/** Who does something, in audit's numbers and enriched words. */
export interface AuditPerson {
  readonly user: string;
  readonly uid: number;
  readonly ses: number;
}

const ENRICHED = "\x1d";
const hex = (text: string): string => Buffer.from(text).toString("hex").toUpperCase();

/**
 * Writes audit events as auditd 3 writes them (ENRICHED), stamped with the present, each with its own serial. For
 * tests that need to know what they wrote; detection is tested on captured logs.
 */
export class AuditLines {
  #serial = 1000;

  /** A file outside Docker's is written: nothing to alert about. Four records. */
  noise(person: AuditPerson): string {
    return this.#write(person, `/srv/app/file-${this.#serial}`, "other");
  }

  /** A file of Docker's configuration is written. Four records. */
  configEdit(person: AuditPerson, path: string): string {
    return this.#write(person, path, "dw-config");
  }

  #write({ user, uid, ses }: AuditPerson, path: string, key: string): string {
    this.#serial += 1;
    const stamp = `msg=audit(${(Date.now() / 1000).toFixed(3)}:${this.#serial}):`;
    const title = `tee\0${path}`;
    return `${[
      `type=SYSCALL ${stamp} arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffd5c1f a2=241 a3=1b6 items=1 ppid=4000 pid=${4001 + (this.#serial % 20_000)} auid=${uid} uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=${ses} comm="tee" exe="/usr/bin/tee" key="${key}"${ENRICHED}ARCH=x86_64 SYSCALL=openat AUID="${user}" UID="root" GID="root" EUID="root" SUID="root" FSUID="root" EGID="root" SGID="root" FSGID="root"`,
      `type=CWD ${stamp} cwd="/root"`,
      `type=PATH ${stamp} item=0 name="${path}" inode=${100 + this.#serial} dev=fe:00 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0${ENRICHED}OUID="root" OGID="root"`,
      `type=PROCTITLE ${stamp} proctitle=${hex(title)}`,
    ].join("\n")}\n`;
  }
}
