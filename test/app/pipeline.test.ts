import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadRules } from "../../src/app/rules.ts";
import { openStages } from "../../src/app/stages.ts";
import { epochMs } from "../../src/model/ids.ts";
import type { LineBatch } from "../../src/model/line.ts";
import { openStore } from "../../src/store/sqlite/store.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "dw-pipeline-"));
  offset = 0;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const START_MS = 1_795_520_000_000;
const STAMP = "msg=audit(1795520000.100:77)";
const HEAD = [
  `type=SYSCALL ${STAMP}: arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c a1=7ffd a2=241 a3=1b6 items=2 ppid=10 pid=11 auid=1003 uid=1003 gid=1003 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=9 comm="tee" exe="/usr/bin/tee" subj=unconfined key="dw-config"`,
  `type=CWD ${STAMP}: cwd="/root"`,
  `type=PATH ${STAMP}: item=1 name="/etc/docker/daemon.json" inode=5 dev=fe:00 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=CREATE`,
  `type=PROCTITLE ${STAMP}: proctitle="tee"`,
];
const LATE = `type=PATH ${STAMP}: item=0 name="/etc/docker/certs.d/ca.crt" inode=6 dev=fe:00 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=CREATE`;

let offset = 0;
function batch(lines: readonly string[]): LineBatch {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  offset += bytes.length;
  return {
    source: "audit",
    bytes,
    position: { kind: "file", path: "/audit.log", dev: "1", ino: "2", offset, lastLine: "" },
    backfill: false,
    notices: [],
    readMs: epochMs(START_MS),
  };
}

const { ruleset } = loadRules({ rules: [join(import.meta.dirname, "../../config/rules")], placeholders: {} });

/** One life of the daemon: opens where the last commit left off, and is gone without a word. */
function live(turns: readonly { readonly lines?: readonly string[]; readonly atMs: number }[]) {
  using store = openStore(join(directory, "d.db"));
  const { pipeline } = openStages(store, ruleset, { routes: [], channels: [] }, START_MS, false);
  for (const { lines, atMs } of turns) {
    const nowMs = epochMs(START_MS + atMs);
    if (lines === undefined) pipeline.tick(nowMs);
    else pipeline.push([batch(lines)], nowMs);
  }
  return {
    alerts: store.alerts({}).map(({ title, count, object }) => ({ title, count, object })),
    events: store.counts().events.audit,
  };
}

const CHANGED = { title: "Docker configuration changed", count: 1, object: "/etc/docker/daemon.json" };

it("takes a record that comes after a restart as late: its event's rule does not fire twice", () => {
  const first = live([{ lines: HEAD, atMs: 0 }, { atMs: 100 }, { atMs: 3000 }]);
  const second = live([{ lines: [LATE], atMs: 4000 }, { atMs: 4100 }, { atMs: 8000 }]);

  expect(first).toEqual({ alerts: [CHANGED], events: 1 });
  expect(second).toEqual({ alerts: [CHANGED], events: 1 });
});

it("waits after a restart for the rest of an event that was cut in two", () => {
  live([{ lines: HEAD.slice(0, 2), atMs: 0 }]);
  const second = live([{ atMs: 500 }, { lines: HEAD.slice(2), atMs: 600 }, { atMs: 700 }, { atMs: 5000 }]);

  expect(second).toEqual({ alerts: [CHANGED], events: 1 });
});
