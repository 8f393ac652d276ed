import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { LineBatch, Position } from "../../src/model/line.ts";
import { openJournalSource } from "../../src/sources/journal.ts";
import { eventually, openHost, requireLab } from "./harness/index.ts";

const clock = { now: () => Date.now() };

/** Pulls all the time. */
function follow(args: readonly string[], from: Position | null) {
  const ended = new AbortController();
  const batches: LineBatch[] = [];
  const run = (async () => {
    for await (const batch of openJournalSource({ clock, args }).follow(from, ended.signal))
      batches.push(batch);
  })();
  const messages = (backfill: boolean): string[] =>
    batches
      .filter((batch) => batch.backfill === backfill)
      .flatMap((batch) => batch.bytes.toString().trim().split("\n"))
      .map((line) => (JSON.parse(line) as { MESSAGE: string }).MESSAGE);
  return {
    messages,
    position: () => batches.at(-1)?.position ?? from,
    async [Symbol.asyncDispose]() {
      ended.abort();
      await run;
    },
  };
}

/** The journalctl that this process started. */
function journalctl(): number | null {
  const children = readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" "),
  );
  const found = children.find(
    (pid) => pid !== "" && readFileSync(`/proc/${pid}/comm`, "utf8") === "journalctl\n",
  );
  return found === undefined ? null : Number(found);
}

requireLab(
  "root",
  "namespaces",
  "systemd",
)("the journal source", () => {
  it("gives sshd's lines of a real journald once, over the end of journalctl and restarts", async () => {
    await using host = await openHost();
    // The kernel's audit system and its log are the machine's: this journald leaves them alone.
    host.write("/etc/systemd/journald.conf", "[Journal]\nAudit=\nReadKMsg=no\nStorage=volatile\n");
    await host.run(["mkdir", "-p", "/run/systemd/journal", "/run/log/journal"]);
    await using _ = host.start(["/lib/systemd/systemd-journald"]);
    const say = (message: string, tag = "sshd") =>
      host.run(["sh", "-c", 'printf "%s\\n" "$1" | systemd-cat -t "$2"', "sh", message, tag]);
    await eventually(
      "journald to listen",
      async () => (await host.run(["test", "-S", "/run/systemd/journal/stdout"])).code === 0,
    );
    await say("one");
    await say("not sshd's", "other");
    const args = [`--directory=${host.path("/run/log/journal")}`];
    await eventually("the journal's file", () => readdirSync(host.path("/run/log/journal")).length > 0);

    const first = follow(args, null);
    await eventually("the backfill", () => first.messages(true).includes("one"));
    await say("two", "sshd-session");
    await eventually("a line as it is written", () => first.messages(false).includes("two"));
    const child = await eventually("journalctl", journalctl);
    process.kill(child, "SIGKILL");
    await say("three");
    await eventually("the line after journalctl's end", () => first.messages(false).includes("three"));
    await first[Symbol.asyncDispose]();

    await say("four");
    await using second = follow(args, first.position());
    await eventually("the line that was missed", () => second.messages(false).includes("four"));

    expect(first.messages(true)).toEqual(["one"]);
    expect(first.messages(false)).toEqual(["two", "three"]);
    expect(second.messages(false)).toEqual(["four"]);
    expect(second.messages(true)).toEqual([]);
  });
});
