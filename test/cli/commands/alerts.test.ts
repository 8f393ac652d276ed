import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAlerter } from "../../../src/alerts/alerter.ts";
import type { CliCommand } from "../../../src/cli/command.ts";
import { command as alerts } from "../../../src/cli/commands/alerts.ts";
import { command as notify } from "../../../src/cli/commands/notify.ts";
import { command as silence } from "../../../src/cli/commands/silence.ts";
import { epochMs } from "../../../src/model/ids.ts";
import { openStore } from "../../../src/store/sqlite/store.ts";
import { ALL, at, CHANNELS, findingAt } from "../../alerts/findings.ts";
import { batchOf } from "../../alerts/store-batch.ts";
import { openReceiver } from "../../deliveries/receiver.ts";

let dir: string;
let db: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "dw-cli-"));
  db = join(dir, "dockwarden.db");
});
afterEach(() => rmSync(dir, { recursive: true }));

function textOf(stream: PassThrough): string {
  let text = "";
  for (let chunk: unknown = stream.read(); chunk !== null; chunk = stream.read())
    text += (chunk as Buffer).toString();
  return text;
}

async function run(command: CliCommand, ...argv: readonly string[]) {
  const out = new PassThrough();
  const err = new PassThrough();
  const code = await command.run(argv, { out, err, isTerminal: false, columns: 80 });
  return { code, out: textOf(out), err: textOf(err) };
}

/** Two alerts as the pipeline commits them: a critical one and a medium one of the same rule. */
function fill(): readonly string[] {
  const alerter = openAlerter({ routes: ALL, channels: CHANNELS, silences: [], state: [] });
  const { alerts, deliveries } = alerter.push(
    [
      findingAt(0, { level: "critical" }),
      findingAt(60_000, { group: { container: "b" }, object: "container \x1b[31mevil" }),
    ],
    [],
    at(60_000),
  );
  using store = openStore(db);
  store.commit(batchOf({ alerts, deliveries, state: alerter.drainState() }));
  return alerts.map(({ id }) => id);
}

describe("alerts", () => {
  it("lists the newest first, plain in a pipe, with nothing that moves a terminal", async () => {
    const [first, second] = fill();

    const { code, out } = await run(alerts, "--db", db);

    const [head, ...rows] = out.trimEnd().split("\n");
    expect(code).toBe(0);
    expect(head).toMatch(/^ID +LAST +LEVEL +STATE +COUNT +WHAT$/);
    expect(rows.map((row) => row.slice(0, 8))).toEqual([second?.slice(0, 8), first?.slice(0, 8)]);
    expect(out).not.toContain("\x1b");
  });

  it("filters by level, state and time; finding nothing is exit code 1", async () => {
    const [first] = fill();

    const grave = await run(alerts, "--db", db, "--min-level", "high", "--json");

    expect(JSON.parse(grave.out)).toMatchObject({
      id: first,
      level: "critical",
      first: new Date(at(0)).toISOString(),
    });
    expect((await run(alerts, "--db", db, "--state", "resolved")).code).toBe(1);
    expect((await run(alerts, "--db", db, "--until", "2026-11-24T00:00")).code).toBe(1);
  });

  it("refuses a level and a time that are none, with exit code 2 or an error that says why", async () => {
    fill();

    expect(await run(alerts, "--db", db, "--min-level", "huge")).toMatchObject({
      code: 2,
      err: expect.stringContaining("expected one of informational, low, medium, high, critical"),
    });
    await expect(run(alerts, "--db", db, "--since", "yesterday-ish")).rejects.toThrow(
      /expected a time.*DW_CLI_OPTION/,
    );
  });

  it("shows one by the beginning of its id, with its deliveries", async () => {
    const [, second] = fill();

    const { code, out } = await run(alerts, "show", second?.slice(0, 6) ?? "", "--db", db);

    expect(code).toBe(0);
    expect(out).toContain(`  id         ${second}`);
    expect(out).toMatch(/mail {2}alert {2}next try .*, 0 attempts/);
    expect(out).not.toContain("\x1b");
  });

  it("acknowledges, and resolves with word to the channels that were told", async () => {
    const [first] = fill();

    expect((await run(alerts, "ack", first ?? "", "--db", db)).code).toBe(0);
    expect((await run(alerts, "resolve", first ?? "", "--db", db)).code).toBe(0);
    const again = await run(alerts, "resolve", first ?? "", "--db", db);

    expect(again).toMatchObject({ code: 0, out: `${first} is resolved already\n` });
    using store = openStore(db, { readonly: true });
    const resolved = store.deliveries({ limit: 100 }).filter(({ kind }) => kind === "resolved");
    expect(resolved.map(({ channel, alerts: ids }) => [channel, ...ids].join(" ")).sort()).toEqual([
      `hook ${first}`,
      `mail ${first}`,
    ]);
    expect(store.findAlert(first ?? "")?.state).toBe("resolved");
  });

  it("says so where no alert has the id", async () => {
    fill();

    expect(await run(alerts, "ack", "zz", "--db", db)).toMatchObject({
      code: 1,
      err: expect.stringContaining("no alert has the id 'zz'"),
    });
  });

  it("keeps what a person decided when the pipeline completes the row later", async () => {
    const [first] = fill();

    await run(alerts, "resolve", first ?? "", "--db", db);
    using store = openStore(db);
    const row = store.findAlert(first ?? "");
    store.commit(batchOf({ alerts: row === null ? [] : [{ ...row, state: "open" }] }));

    expect(store.findAlert(first ?? "")?.state).toBe("resolved");
  });
});

describe("silence", () => {
  it("adds, lists and ends one", async () => {
    fill();

    const added = await run(
      silence,
      "add",
      "user=alice",
      "container=web*",
      "--for",
      "2h",
      "--comment",
      "deploy",
      "--db",
      db,
    );
    const id = added.out.slice(0, 8);
    const listed = await run(silence, "list", "--json", "--db", db);
    const ended = await run(silence, "expire", id, "--db", db);
    const after = await run(silence, "list", "--db", db);

    expect(added).toMatchObject({ code: 0, out: expect.stringContaining("user=alice container=web*") });
    const found = JSON.parse(listed.out) as { startMs: number; endMs: number };
    expect(found).toMatchObject({ id, matchers: { user: "alice", container: "web*" }, comment: "deploy" });
    expect(found.endMs - found.startMs).toBe(2 * 3_600_000);
    expect([ended.code, after.code]).toEqual([0, 1]);
  });

  it("refuses a matcher without a value and a level that is none", async () => {
    fill();

    await expect(run(silence, "add", "user", "--for", "2h", "--db", db)).rejects.toThrow(
      /key=value.*DW_CLI_OPTION/,
    );
    await expect(run(silence, "add", "level=huge", "--for", "2h", "--db", db)).rejects.toThrow(
      /informational, low/,
    );
    expect((await run(silence, "add", "user=a", "--for", "long", "--db", db)).code).toBe(2);
  });
});

describe("notify", () => {
  function configFor(url: string): string {
    const file = join(dir, "dockwarden.yml");
    writeFileSync(file, `channels:\n  - { name: hook, type: webhook, url: "${url}" }\n`);
    return file;
  }

  it("tests a channel step by step", async () => {
    await using receiver = await openReceiver((_, response) => response.end());

    const { code, out } = await run(notify, "test", "hook", "--config", configFor(receiver.url));

    expect(code).toBe(0);
    expect(out).toMatch(/^resolve +ok .*\nconnect +ok .*\nsend +ok {2}HTTP 200/);
    expect(JSON.parse(receiver.calls[0]?.body ?? "")).toMatchObject({ type: "test" });
  });

  it("names the step that failed, with exit code 1", async () => {
    await using receiver = await openReceiver((_, response) => response.writeHead(403).end());

    const { code, out } = await run(notify, "test", "hook", "--config", configFor(receiver.url));

    expect(code).toBe(1);
    expect(out).toMatch(/send +FAILED {2}HTTP 403\n$/);
  });

  it("names the channels there are for one that there is not", async () => {
    await expect(run(notify, "test", "pager", "--config", configFor("http://127.0.0.1:9/"))).rejects.toThrow(
      /expected the name of a channel \(hook\), got 'pager'.*DW_CHANNEL_UNKNOWN/,
    );
  });

  it("lists deliveries that were given up with their last error", async () => {
    fill();
    {
      using store = openStore(db);
      const [delivery] = store.due(epochMs(Date.now() + 1e12), 1, "hook");
      if (delivery !== undefined)
        store.save({ ...delivery, state: "dead", attempts: 3, lastError: "HTTP 410" });
    }

    const { code, out } = await run(notify, "list", "--state", "dead", "--db", db);

    expect(code).toBe(0);
    expect(out).toMatch(/hook +alert +dead +3 +[0-9a-f]{8} +HTTP 410\n$/);
  });
});
