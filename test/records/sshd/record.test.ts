import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { epochMs } from "../../../src/model/ids.ts";
import { parseSshdLine, type SshdRecord } from "../../../src/records/sshd/record.ts";

const readMs = epochMs(Date.parse("2026-11-24T10:00:00Z"));
const HEAD = "2026-11-24T09:08:45.745346+00:00 vm sshd[6735]: ";

function read(line: string): SshdRecord {
  const parsed = parseSshdLine(line, { readMs });
  if (!parsed.ok) throw new Error(`${parsed.fault.reason}: ${line}`);
  return parsed.value;
}
const said = (message: string): SshdRecord => read(HEAD + message);

describe("time stamps", () => {
  it("reads RFC 3339 with microseconds", () => {
    expect(said("hello").timeMs).toBe(Date.parse("2026-11-24T09:08:45.745Z") + 0.346);
  });

  it("reads RFC 5424 with priority, structured data and a byte order mark", () => {
    const record = read(
      '<38>1 2026-11-24T11:08:45.5+02:00 vm sshd 6735 - [x@1 a="]\\""][y@1] \u00ef\u00bb\u00bfConnection from 10.0.0.1 port 22',
    );

    expect(record).toMatchObject({
      timeMs: Date.parse("2026-11-24T09:08:45.500Z"),
      host: "vm",
      program: "sshd",
      pid: 6735,
      outcome: "connection",
      address: "10.0.0.1",
    });
  });

  it("takes a traditional stamp as local time of the running year", () => {
    expect(read("Nov 24 09:08:45 vm sshd[1]: x").timeMs).toBe(new Date(2026, 10, 24, 9, 8, 45).getTime());
  });

  it("takes a traditional stamp of December, read in January, as last year's", () => {
    const parsed = parseSshdLine("Dec 31 23:59:59 vm sshd[1]: x", {
      readMs: epochMs(Date.UTC(2027, 0, 1, 12)),
    });

    expect(parsed.ok && parsed.value.timeMs).toBe(new Date(2026, 11, 31, 23, 59, 59).getTime());
  });

  it("takes a stamp a few minutes ahead of the reader's clock as this year's, over new year too", () => {
    const parsed = parseSshdLine("Jan  1 00:00:10 vm sshd[1]: x", {
      readMs: epochMs(new Date(2026, 11, 31, 23, 59, 50).getTime()),
    });

    expect(parsed.ok && parsed.value.timeMs).toBe(new Date(2027, 0, 1, 0, 0, 10).getTime());
  });

  it("finds the leap year that a 29 February belongs to", () => {
    expect(read("Feb 29 10:00:00 vm sshd[1]: x").timeMs).toBe(new Date(2024, 1, 29, 10).getTime());
  });

  it.each([
    "",
    "nonsense",
    "Nov 24 09:08:45",
    "Nox 24 09:08:45 vm sshd[1]: x",
    "Nov 24 09:08:45 vm",
    "{}",
    "{",
    "[]",
  ])("faults %j", (line) => {
    expect(parseSshdLine(line, { readMs }).ok).toBe(false);
  });

  it("keeps the line as it was read, from bytes too", () => {
    const bytes = Buffer.from(
      "Nov 24 09:08:45 vm sshd[1]: Invalid user \xe9\xff from 10.0.0.1 port 5\r\n",
      "latin1",
    );

    const parsed = parseSshdLine(bytes, { readMs });

    expect(parsed.ok && Buffer.from(parsed.value.raw, "latin1")).toEqual(bytes.subarray(0, -2));
    expect(parsed.ok && parsed.value.user).toBe("\xe9\xff");
  });
});

const MESSAGES: readonly (readonly [string, Partial<SshdRecord>])[] = [
  [
    'Connection from 10.0.0.2 port 43379 on 127.0.0.1 port 2222 rdomain ""',
    { outcome: "connection", address: "10.0.0.2", port: 43379 },
  ],
  [
    "Connection from fe80::1%eth0 port 5 on ::1 port 22",
    { outcome: "connection", address: "fe80::1%eth0", port: 5 },
  ],
  [
    "Accepted publickey for alice from 10.0.0.2 port 43379 ssh2: ED25519 SHA256:lt7v/xnw",
    {
      outcome: "accepted",
      user: "alice",
      address: "10.0.0.2",
      port: 43379,
      method: "publickey",
      key: "SHA256:lt7v/xnw",
    },
  ],
  [
    "Accepted publickey for alice from 10.0.0.2 port 4 ssh2: ED25519-CERT SHA256:aa ID x from 1.2.3.4 (serial 1) CA ED25519 SHA256:bb",
    { outcome: "accepted", user: "alice", key: "SHA256:aa", address: "10.0.0.2" },
  ],
  [
    "Accepted password for bob from 2001:db8::7 port 4 ssh2",
    { outcome: "accepted", user: "bob", method: "password", key: null, address: "2001:db8::7" },
  ],
  [
    "Accepted keyboard-interactive/pam for bob from 10.0.0.2 port 4 ssh2",
    { outcome: "accepted", method: "keyboard-interactive/pam" },
  ],
  [
    "Accepted gssapi-with-mic for bob from 10.0.0.2 port 4 ssh2: bob@EXAMPLE.ORG",
    { outcome: "accepted", user: "bob", method: "gssapi-with-mic", key: null },
  ],
  ["Failed password for carol from 10.0.0.2 port 4 ssh2", { outcome: "failed", user: "carol" }],
  [
    "Failed password for invalid user ghost from 10.0.0.2 port 4 ssh2",
    { outcome: "failed", user: "ghost", method: "password" },
  ],
  [
    "Failed password for invalid user  from 10.0.0.2 port 4 ssh2",
    { outcome: "failed", user: "", address: "10.0.0.2" },
  ],
  [
    "Failed none for invalid user a b from 10.0.0.2 port 4 ssh2",
    { outcome: "failed", user: "a b", method: "none" },
  ],
  [
    "Failed publickey for alice from 10.0.0.2 port 4 ssh2: RSA SHA256:abc",
    { outcome: "failed", key: "SHA256:abc", user: "alice" },
  ],
  ["Postponed publickey for alice from 10.0.0.2 port 4 ssh2 [preauth]", { outcome: "other", user: "alice" }],
  [
    "Invalid user ghost from 10.0.0.2 port 4",
    { outcome: "invalid-user", user: "ghost", address: "10.0.0.2", port: 4 },
  ],
  [
    "Invalid user ghost from 10.0.0.2",
    { outcome: "invalid-user", user: "ghost", address: "10.0.0.2", port: null },
  ],
  ["Invalid user  from 10.0.0.2 port 4", { outcome: "invalid-user", user: "", address: "10.0.0.2" }],
  [
    "error: maximum authentication attempts exceeded for invalid user x from 10.0.0.2 port 4 ssh2 [preauth]",
    { outcome: "max-attempts", user: "x", address: "10.0.0.2", port: 4 },
  ],
  [
    "Disconnecting authenticating user root 10.0.0.2 port 4: Too many authentication failures [preauth]",
    { outcome: "max-attempts", user: "root", address: "10.0.0.2" },
  ],
  [
    "Disconnecting: Too many authentication failures for root [preauth]",
    { outcome: "max-attempts", user: "root" },
  ],
  [
    "Disconnecting authenticating user root 10.0.0.2 port 4: Change of username or service not allowed: (a,ssh-connection) -> (b 1.2.3.4 port 9: Too many,ssh-connection) [preauth]",
    { outcome: "disconnected", user: "root", address: "10.0.0.2", port: 4 },
  ],
  [
    "Accepted key ED25519 SHA256:lt7v found at /home/alice/.ssh/authorized_keys:1",
    { outcome: "key-found", key: "SHA256:lt7v" },
  ],
  ["Found matching RSA key: SHA256:lt7v", { outcome: "key-found", key: "SHA256:lt7v" }],
  [
    "Connection closed by 10.0.0.2 port 4 [preauth]",
    { outcome: "closed", user: null, address: "10.0.0.2", port: 4 },
  ],
  ["Connection closed by 10.0.0.2 [preauth]", { outcome: "closed", address: "10.0.0.2", port: null }],
  [
    "Connection closed by authenticating user root 10.0.0.2 port 4 [preauth]",
    { outcome: "closed", user: "root" },
  ],
  [
    "Connection reset by invalid user a b 10.0.0.2 port 4 [preauth]",
    { outcome: "reset", user: "a b", port: 4 },
  ],
  [
    "Received disconnect from 10.0.0.2 port 4:11: disconnected by user",
    { outcome: "disconnected", address: "10.0.0.2", port: 4 },
  ],
  [
    "Received disconnect from 10.0.0.2: 11: Bye from 6.6.6.6 port 6:11: x [preauth]",
    { outcome: "disconnected", address: "10.0.0.2", port: null },
  ],
  [
    "Disconnected from user alice 10.0.0.2 port 4",
    { outcome: "disconnected", user: "alice", address: "10.0.0.2" },
  ],
  [
    "Disconnected from authenticating user a 10.0.0.2 port 4 [preauth]",
    { outcome: "disconnected", user: "a" },
  ],
  [
    "pam_unix(sshd:session): session opened for user alice(uid=1002) by (uid=0)",
    { outcome: "session-opened", user: "alice" },
  ],
  [
    "pam_unix(sshd:session): session opened for user alice by (uid=0)",
    { outcome: "session-opened", user: "alice" },
  ],
  ["pam_unix(sshd:session): session closed for user alice", { outcome: "session-closed", user: "alice" }],
  ["User child is on pid 6741", { outcome: "child-pid", childPid: 6741 as never }],
  [
    "Starting session: shell on pts/0 for alice from 10.0.0.2 port 4 id 0",
    { outcome: "other", user: "alice", port: 4 },
  ],
  ["Server listening on 0.0.0.0 port 22.", { outcome: "other", address: null }],
  ["fatal: Timeout before authentication for 10.0.0.2 port 4", { outcome: "closed", address: "10.0.0.2" }],
  ["Connection reset by UNKNOWN port 65535 [preauth]", { outcome: "reset", address: null, port: null }],
];

describe("messages", () => {
  it.each(MESSAGES)("%s", (message, claim) => {
    expect(said(message)).toMatchObject(claim);
  });

  it.each(["sshd-session", "sshd-auth", "/usr/sbin/sshd"])("reads what %s says", (tag) => {
    expect(read(`Nov 24 09:08:45 vm ${tag}[7]: Invalid user x from 10.0.0.2 port 4`).outcome).toBe(
      "invalid-user",
    );
  });

  it("reads busybox syslogd's level before the program", () => {
    expect(read("Nov 24 09:08:45 vm auth.info sshd[7]: Invalid user x from 10.0.0.2 port 4")).toMatchObject({
      host: "vm",
      program: "sshd",
      outcome: "invalid-user",
    });
  });

  it("counts repeated messages, at most 1000", () => {
    const message = "Failed password for root from 10.0.0.2 port 4 ssh2";

    expect(said(`message repeated 3 times: [ ${message}]`)).toMatchObject({
      outcome: "failed",
      user: "root",
      times: 3,
    });
    expect(said(`message repeated 999999999 times: [ ${message}]`).times).toBe(1000);
  });

  it("keeps sudo, su and cron lines with their program, and believes no login from them", () => {
    const sudo = "alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/docker ps";
    const opened = "pam_unix(cron:session): session opened for user bob(uid=1003) by (uid=0)";

    expect(read(`Nov 24 09:08:45 vm sudo:    ${sudo}`)).toMatchObject({
      program: "sudo",
      outcome: "other",
      user: "alice",
    });
    expect(read(`Nov 24 09:08:45 vm CRON[12]: ${opened}`)).toMatchObject({
      program: "cron",
      outcome: "session-opened",
      user: "bob",
    });
    expect(
      read("Nov 24 09:08:45 vm evil[1]: Accepted password for root from 6.6.6.6 port 6 ssh2").outcome,
    ).toBe("other");
  });
});

describe("hostile text", () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      "root from 1.2.3.4 port 22 ssh2",
      "root from 1.2.3.4 port 22 ssh2: RSA SHA256:zzz",
      "x 1.2.3.4 port 22: Too many authentication failures",
      "invalid user y from 1.2.3.4 port 9",
      "a [preauth]",
      "Accepted password for root from 1.2.3.4 port 22 ssh2",
      "message repeated 9 times: [ x]",
    ),
    fc.string({ unit: "grapheme-ascii", maxLength: 60 }),
  );

  it.each([
    ["failed", (user: string) => `Failed password for invalid user ${user} from 10.9.8.7 port 555 ssh2`],
    ["invalid-user", (user: string) => `Invalid user ${user} from 10.9.8.7 port 555`],
    ["closed", (user: string) => `Connection closed by invalid user ${user} 10.9.8.7 port 555 [preauth]`],
    ["reset", (user: string) => `Connection reset by invalid user ${user} 10.9.8.7 port 555 [preauth]`],
    ["disconnected", (user: string) => `Disconnected from invalid user ${user} 10.9.8.7 port 555 [preauth]`],
    [
      "max-attempts",
      (user: string) =>
        `error: maximum authentication attempts exceeded for invalid user ${user} from 10.9.8.7 port 555 ssh2 [preauth]`,
    ],
    [
      "max-attempts",
      (user: string) =>
        `Disconnecting invalid user ${user} 10.9.8.7 port 555: Too many authentication failures [preauth]`,
    ],
  ] as const)("a user name moves neither outcome nor address: %s", (outcome, line) => {
    fc.assert(
      fc.property(hostile, (user) => {
        expect(said(line(user))).toMatchObject({ outcome, user, address: "10.9.8.7", port: 555, times: 1 });
      }),
    );
  });

  it("a disconnect's reason moves nothing", () => {
    fc.assert(
      fc.property(hostile, (reason) => {
        expect(said(`Received disconnect from 10.9.8.7 port 555:11: ${reason}`)).toMatchObject({
          outcome: "disconnected",
          address: "10.9.8.7",
          port: 555,
        });
      }),
    );
  });

  it("a hostbased client's own name moves nothing", () => {
    const line = `Failed hostbased for bob from 10.9.8.7 port 5 ssh2: RSA SHA256:a, client user "x from 1.2.3.4 port 1 ssh2", client host "h"`;

    expect(said(line)).toMatchObject({ outcome: "failed", user: "bob", address: "10.9.8.7", port: 5 });
  });

  it("never throws, whatever the line", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.json()), (line) => {
        parseSshdLine(line, { readMs });
        parseSshdLine(HEAD + line, { readMs });
      }),
    );
  });
});

describe("journald", () => {
  const line = {
    __REALTIME_TIMESTAMP: "1795511325800000",
    _SOURCE_REALTIME_TIMESTAMP: "1795511325745346",
    _HOSTNAME: "vm",
    _PID: "6735",
    _UID: "0",
    _EXE: "/usr/sbin/sshd",
    SYSLOG_IDENTIFIER: "sshd",
    MESSAGE: "Accepted password for bob from 10.0.0.2 port 4 ssh2",
  };

  it("reads its JSON", () => {
    expect(read(JSON.stringify(line))).toMatchObject({
      timeMs: 1795511325745.346,
      host: "vm",
      program: "sshd",
      pid: 6735,
      outcome: "accepted",
      user: "bob",
    });
  });

  it("reads a message given as bytes", () => {
    const bytes = [...Buffer.from("Invalid user \xff\xfe from 10.0.0.2 port 4", "latin1")];

    expect(read(JSON.stringify({ ...line, MESSAGE: bytes }))).toMatchObject({
      outcome: "invalid-user",
      user: "\xff\xfe",
    });
  });

  it.each([
    ["another binary", { _EXE: "/usr/bin/logger", _UID: "1000" }],
    ["root's logger", { _EXE: "/usr/bin/logger" }],
    ["another user, the binary unknown", { _EXE: undefined, _UID: "1000" }],
    ["another process's id", { SYSLOG_PID: "1" }],
  ])("believes no login from %s", (_, change) => {
    expect(read(JSON.stringify({ ...line, ...change })).outcome).toBe("other");
  });
});
