import { spawnSync } from "node:child_process";
import { describe } from "vitest";

/** What a lab test can need, how to see whether it is here, and Debian's package for it. */
const NEEDS = {
  root: { test: ["sh", "-c", "test $(id -u) = 0"], mend: "run as root" },
  namespaces: {
    test: ["unshare", "--mount", "--propagation", "private", "true"],
    mend: "run as root with CAP_SYS_ADMIN",
  },
  auditd: { test: ["sh", "-c", "command -v auditd && auditctl -s"], mend: "apt-get install auditd" },
  ausearch: { test: ["sh", "-c", "command -v ausearch"], mend: "apt-get install auditd" },
  aureport: { test: ["sh", "-c", "command -v aureport"], mend: "apt-get install auditd" },
  rsyslogd: { test: ["rsyslogd", "-v"], mend: "apt-get install rsyslog" },
  sshd: {
    test: ["sh", "-c", "test -x /usr/sbin/sshd && command -v ssh sshpass"],
    mend: "apt-get install openssh-server sshpass",
  },
  sudo: { test: ["sh", "-c", "command -v sudo"], mend: "apt-get install sudo" },
  dockerd: {
    test: ["sh", "-c", "command -v dockerd && command -v docker && test -x /bin/busybox"],
    mend: "apt-get install docker.io busybox-static",
  },
  compose: {
    test: ["sh", "-c", "command -v docker-compose"],
    mend: "apt-get install docker-compose",
  },
  registry: {
    test: ["sh", "-c", "command -v docker-registry"],
    mend: "apt-get install docker-registry",
  },
  systemd: {
    test: ["sh", "-c", "command -v systemd-analyze && command -v systemd-nspawn && command -v debootstrap"],
    mend: "apt-get install systemd systemd-container debootstrap",
  },
  chromium: { test: ["sh", "-c", "test -x /usr/bin/chromium"], mend: "apt-get install chromium" },
} as const;
export type Need = keyof typeof NEEDS;

/**
 * A `describe` for tests that need these. Where one is missing the suite is skipped and says so in its name; in CI it
 * is a failure.
 */
export function requireLab(...needs: readonly Need[]): (name: string, body: () => void) => void {
  const missing = needs.filter((need) => {
    const [command, ...args] = NEEDS[need].test;
    return spawnSync(command, args, { stdio: "ignore" }).status !== 0;
  });
  if (missing.length === 0) return (name, body) => describe(name, body);
  const why = missing.map((need) => `no ${need}: ${NEEDS[need].mend}`).join("; ");
  if (process.env["CI"]) throw new Error(`the lab is not complete (${why})`);
  return (name, body) => describe.skip(`${name} (skipped: ${why})`, body);
}
