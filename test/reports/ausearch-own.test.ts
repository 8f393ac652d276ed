import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { command as ausearch } from "../../src/cli/commands/ausearch.ts";
import { command as importing } from "../../src/cli/commands/import.ts";
import { command as parse } from "../../src/cli/commands/parse.ts";
import { command as replay } from "../../src/cli/commands/replay.ts";
import { ran } from "./ran.ts";

const ROOT = join(import.meta.dirname, "../..");
const INCIDENT = join(ROOT, "demo/incident");
const folder = mkdtempSync(join(tmpdir(), "ausearch-own-"));
const db = join(folder, "incident.db");
const logDb = join(folder, "log.db");

beforeAll(async () => {
  vi.stubEnv("TZ", "UTC");
  await ran(replay, [INCIDENT, "--db", db]);
  await ran(importing, [join(INCIDENT, "audit.log"), "--db", logDb]);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

interface Parsed {
  readonly serial: number;
  readonly records: readonly { readonly type: string; readonly fields: Readonly<Record<string, string>> }[];
}
const events = (out: string): Parsed[] =>
  Buffer.from(out, "latin1")
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Parsed);
/** Records with the serial of their event: the tools split events that `parse` keeps whole. */
const records = (out: string): string[] =>
  events(out)
    .flatMap(({ serial, records: list }) => list.map((record) => JSON.stringify({ serial, record })))
    .sort();
const found = async (...argv: readonly string[]) =>
  events((await ran(ausearch, ["--db", db, "--json", ...argv])).out);

describe("ausearch --json", () => {
  const logs = [...globSync("test/fixtures/audit/*/input.log", { cwd: ROOT }), "demo/incident/audit.log"]
    // Not these: the tools skip what they call malformed, and read no lines of syslog.
    .filter((log) => !/hostile|ubuntu|many-types/.test(log));

  it.each(logs)("says each record as 'parse' does: %s", async (log) => {
    const path = join(ROOT, log);

    const { out, code } = await ran(ausearch, ["-if", path, "--json"]);

    expect(records(out)).toEqual(records((await ran(parse, [path])).out));
    expect(code).toBe(0);
  });

  it("says only what matches, and nothing where nothing does", async () => {
    expect(
      (await found("-m", "USER_LOGIN", "-sv", "no")).map(({ records: [head] }) => head?.fields["res"]),
    ).toEqual(Array.from({ length: 10 }, () => "failed"));
    expect(await ran(ausearch, ["--db", db, "--json", "-k", "nosuch"])).toEqual({
      code: 1,
      out: "",
      err: "",
    });
  });

  it("is no format beside another", async () => {
    await expect(ran(ausearch, ["--db", db, "--json", "-i"])).rejects.toMatchObject({
      code: "DW_CLI_OPTION",
    });
  });
});

describe("ausearch --container", () => {
  const argvOf = ({ records: list }: Parsed): string =>
    list
      .filter(({ type }) => type === "EXECVE")
      .flatMap(({ fields }) => Object.entries(fields).filter(([name]) => /^a\d/.test(name)))
      .map(([, word]) => word)
      .join(" ");

  it("finds who acted on it, the runtime and the processes in it, and no other container's", async () => {
    const commands = (await found("--container", "tools")).map(argvOf).filter((text) => text !== "");

    expect(commands).toContain(
      "docker run -d --name tools --network none -v /run/docker.sock:/var/run/docker.sock bb:1 sleep 3600",
    );
    expect(commands).toContain("docker exec -it tools sh");
    expect(commands).toContain("runc init");
    expect(commands.filter((text) => text.startsWith("docker run")).length).toBe(1);
    const ids = new Set(commands.flatMap((text) => text.match(/\b[0-9a-f]{64}\b/g) ?? []));
    const [id] = [...ids].filter((one) => commands.some((text) => text.includes(`-id ${one}`)));
    expect(
      commands
        .filter((text) => /^runc --root|containerd-shim/.test(text))
        .every((text) => text.includes(id ?? "?")),
    ).toBe(true);
  });

  it("holds beside other selectors, and with the beginning of an id", async () => {
    const all = await found("--container", "web1");
    const [shim] = all.map(argvOf).filter((text) => text.includes("containerd-shim-runc-v2 "));
    const id = /-id ([0-9a-f]{64})/.exec(shim ?? "")?.[1] ?? "?";

    expect(await found("--container", id.slice(0, 12))).toEqual(all);
    const byKey = await found("--container", "web1", "-k", "dw-cli-exit");
    expect(byKey.length).toBe(2);
    expect(all).toEqual(expect.arrayContaining(byKey));
  });

  it("tells processes by descent, and a whole id where the log was imported alone", async () => {
    const id = "ab".repeat(32);
    const hex = (text: string) => Buffer.from(text).toString("hex").toUpperCase();
    const exec = (serial: number, pid: number, ppid: number, ...argv: readonly string[]) => {
      const stamp = `msg=audit(1700000000.000:${serial}):`;
      const words = argv.map((word, index) => `a${index}=${hex(word)}`).join(" ");
      return `type=SYSCALL ${stamp} arch=c000003e syscall=59 success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 ppid=${ppid} pid=${pid} auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=4294967295 comm="x" exe="/x" key=(null)\ntype=EXECVE ${stamp} argc=${argv.length} ${words}\n`;
    };
    const log = join(folder, "processes.log");
    writeFileSync(
      log,
      exec(1, 10, 1, "containerd-shim-runc-v2", "-namespace", "moby", "-id", id) +
        exec(2, 20, 10, "sleep", "3600") +
        exec(3, 30, 20, "sh") +
        exec(4, 40, 1, "ls") +
        exec(5, 50, 1, "containerd-shim-runc-v2", "-namespace", "moby", "-id", "cd".repeat(32)) +
        exec(6, 60, 50, "sleep", "7200"),
    );
    await ran(importing, [log, "--db", join(folder, "processes.db")]);

    const { out } = await ran(ausearch, ["--db", join(folder, "processes.db"), "--json", "--container", id]);

    expect(events(out).map(({ serial }) => serial)).toEqual([1, 2, 3]);
  });
});

describe("ausearch --login", () => {
  it("finds the events of one session, by number and by the user's name", async () => {
    const byNumber = await found("--login", "352");

    expect(byNumber.length).toBeGreaterThan(10);
    expect(await found("--login", "alice")).toEqual(byNumber);
    for (const { records: list } of byNumber)
      expect(list.some(({ fields }) => fields["ses"] === "352")).toBe(true);
    expect(await found("--login", "352", "-m", "USER_END")).toHaveLength(2);
  });

  it("knows a number where the log was imported alone", async () => {
    const { out } = await ran(ausearch, ["--db", logDb, "--json", "--login", "352"]);

    expect(events(out)).toEqual(await found("--login", "352"));
  });
});

describe("what only the database knows", () => {
  it.each([
    ["--container", "nosuch", "no container has the name 'nosuch' or an id that begins so\n"],
    ["--login", "nosuch", "no session has the number or id 'nosuch', and no login is of a user 'nosuch'\n"],
    ["--login", "999999", "no session has the number or id '999999', and no login is of a user '999999'\n"],
  ])("is said to be unknown: %s %s", async (option, word, text) => {
    expect(await ran(ausearch, ["--db", db, option, word])).toEqual({
      code: 1,
      out: "",
      err: text,
    });
  });

  it.each(["--container", "--login"])("is not asked of a log: %s", async (option) => {
    const asked = ran(ausearch, ["-if", join(INCIDENT, "audit.log"), option, "web1"]);

    await expect(asked).rejects.toMatchObject({ code: "DW_CLI_OPTION" });
    await expect(ran(ausearch, [option])).rejects.toMatchObject({ code: "DW_CLI_OPTION" });
  });
});
