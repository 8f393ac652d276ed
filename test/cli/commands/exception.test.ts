import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { replayInto } from "../../../src/app/replay-into.ts";
import { command as exception } from "../../../src/cli/commands/exception.ts";
import { command as rules } from "../../../src/cli/commands/rules.ts";
import { openStore } from "../../../src/store/sqlite/store.ts";
import { objectsIn, runCommand } from "./run-command.ts";

const ROOT = join(import.meta.dirname, "../../..");
const dir = mkdtempSync(join(tmpdir(), "dw-exception-"));
const db = join(dir, "dockwarden.db");
const own = join(dir, "own");
const config = join(dir, "dockwarden.yml");

interface Proposal {
  readonly id: string;
  readonly path: string;
  readonly text: string;
  readonly expires: string | null;
  readonly effects: readonly { title: string; before: number; after: number }[];
  readonly saved: boolean;
}

beforeAll(async () => {
  writeFileSync(config, `rules: [config/rules, ${own}]\n`);
  mkdirSync(own);
  using store = openStore(db);
  await replayInto(store, join(ROOT, "demo/incident"), null, () => {});
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));
beforeEach(() => mkdirSync(own, { recursive: true }));
afterEach(() => rmSync(own, { recursive: true }));

const alertOf = (title: string, file = db): string => {
  using store = openStore(file, { readonly: true });
  return store.alerts({ limit: 1000 }).find((one) => one.title === title)?.id ?? "";
};
const add = (title: string, ...argv: readonly string[]) =>
  runCommand(exception, [
    ...`add --from-alert ${alertOf(title).slice(0, 8)} --since 2026-11-24 --db ${db} --config ${config}`.split(
      " ",
    ),
    ...argv,
  ]);
const propose = async (title: string, ...argv: readonly string[]): Promise<Proposal> => {
  const [proposal] = objectsIn<Proposal>((await add(title, "--json", ...argv)).out);
  if (proposal === undefined) throw new Error("no proposal");
  return proposal;
};
const list = (...argv: readonly string[]) => runCommand(exception, ["list", "--config", config, ...argv]);

describe("exception add", () => {
  it("shows the filter and what it would have taken out, and saves nothing that nobody wanted", async () => {
    const { code, out, err } = await add("Privileged container");

    expect(code).toBe(2);
    expect(err).toContain("--yes saves it");
    expect(out).toMatch(/^ {6}selection:$/m);
    expect(out).toMatch(/^ {8}ContainerName\|cased: root1$/m);
    expect(out).toContain("condition: not selection");
    expect(out).toMatch(/^ {4}1 of 1 {2}matches of Privileged container$/m);
    expect(out).toMatch(/^ {4}1 of 3 {2}episodes of SSH login followed by a way to root$/m);
    expect(readdirSync(own)).toEqual([]);
  });

  it("saves a rule file that is right, and from then on the rule does not match", async () => {
    const proposal = await propose("Privileged container", "--yes", "--comment", "known");

    expect(proposal).toMatchObject({ saved: true, path: join(own, `exception-${proposal.id}.yml`) });
    expect(readFileSync(proposal.path, "utf8")).toBe(proposal.text);
    expect((await runCommand(rules, ["check", "--config", config])).code).toBe(0);
    const fresh = join(dir, `${proposal.id}.db`);
    {
      using store = openStore(fresh);
      await replayInto(store, join(ROOT, "demo/incident"), config, () => {});
    }
    expect(alertOf("Privileged container", fresh)).toBe("");
    expect(alertOf("Docker configuration changed", fresh)).not.toBe("");
    await expect(add("Privileged container")).rejects.toThrow(/an exception takes them out already/);
  });

  it("counts what detection would do with it", async () => {
    const { effects, path } = await propose("SSH brute force", "--yes");

    for (const { title, before, after } of effects) {
      const hunted = async (file: string) =>
        objectsIn(
          (
            await runCommand(rules, [
              "hunt",
              title,
              "--json",
              "--since",
              "2026-11-24",
              "--db",
              db,
              "--config",
              file,
            ])
          ).out,
        ).length;
      const without = join(dir, "without.yml");
      writeFileSync(without, "rules: [config/rules]\n");
      expect([title, await hunted(without), await hunted(config)]).toEqual([title, before, after]);
    }

    expect(effects.map(({ title }) => title)).toEqual(
      expect.arrayContaining([
        "SSH login failed",
        "SSH brute force",
        "SSH login succeeded after brute force",
      ]),
    );
    expect(readFileSync(path, "utf8")).toContain("address|cased: 127.0.0.9");
  });

  it("has a filter for each kind of log that a rule looks at", async () => {
    const incident = join(dir, "group");
    mkdirSync(incident);
    const [first] = parse(
      readFileSync(join(ROOT, "config/rules/audit/docker_group_changed.test.yml"), "utf8"),
    ) as { audit: string; sshd: string }[];
    writeFileSync(join(incident, "audit.log"), first?.audit ?? "");
    writeFileSync(join(incident, "auth.log"), first?.sshd ?? "");
    const file = join(dir, "group.db");
    {
      using store = openStore(file);
      await replayInto(store, incident, null, () => {});
    }

    const { out } = await runCommand(
      exception,
      `add --from-alert ${alertOf("Docker group changed", file)} --since 2026-11-24 --yes --json --db ${file} --config ${config}`.split(
        " ",
      ),
    );
    const [proposal] = objectsIn<Proposal>(out);

    expect(proposal?.effects).toEqual([
      expect.objectContaining({ title: "Docker group changed", before: 5, after: 0 }),
    ]);
    expect(proposal?.text).toMatch(/exe\|cased: \/usr\/bin\/gpasswd/);
    expect(proposal?.text).toMatch(/message\|cased:\n {6}- user bob added by root to group docker/);
  });

  it("ends when it is told to, and not in the past", async () => {
    const span = await propose("Privileged container", "--expires", "30d");
    const day = await propose("Privileged container", "--expires", "2099-01-31");

    expect(Date.parse(span.expires ?? "") - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
    expect(day.expires).toBe(new Date("2099-01-31T00:00").toISOString());
    expect(day.text).toContain(`expires: ${day.expires}`);
    await expect(add("Privileged container", "--expires", "2020-01-01")).rejects.toThrow(/time to come/);
  });

  it("asks for the fields that are named, and refuses those that never come again", async () => {
    const { text } = await propose("Privileged container", "--field", "Image");

    expect(text).toMatch(/selection:\n {4}Image\|cased: bb:1\n/);
    await expect(add("Privileged container", "--field", "Actor.User")).rejects.toThrow(
      /Actor\.User: its value never comes again, or is known only after/,
    );
  });

  it("says what to do where a correlation groups by what never comes again", async () => {
    await expect(add("SSH login followed by a way to root")).rejects.toThrow(
      /groups by session, which says nothing that comes again.*--field.*alert of one of its parts: SSH session started/,
    );
  });

  it("refuses an alert that is none", async () => {
    await expect(
      runCommand(exception, ["add", "--from-alert", "zz", "--db", db, "--config", config]),
    ).rejects.toThrow(/no alert has the id 'zz'/);
  });

  it.each([
    ["y", true],
    ["n", false],
    ["", false],
  ])("asks on a terminal, and takes %j for an answer", (answer, isSaved) => {
    const words = `${join(ROOT, "bin/dockwarden")} exception add --from-alert ${alertOf("Privileged container")} --db ${db} --config ${config}`;

    const shown = execFileSync("script", ["-qc", `${words} || true`, "/dev/null"], {
      encoding: "utf8",
      input: `${answer}\n`,
    });

    expect(shown).toContain(`Save it as ${own}/exception-`);
    expect(readdirSync(own)).toHaveLength(isSaved ? 1 : 0);
  });
});

describe("exception list and remove", () => {
  it("lists filters with their rules and ends, also those that are over or written by hand", async () => {
    const { id } = await propose("Privileged container", "--yes", "--comment", "known harmless");
    writeFileSync(
      join(own, "old.yml"),
      "title: Old\nlogsource: { product: docker, service: events }\nfilter:\n  rules: any\n  selection: { Image: x }\n  condition: not selection\ndockwarden: { expires: 2020-01-01 }\n",
    );

    const rows = objectsIn<Record<string, unknown>>((await list("--json")).out);
    const { out, code } = await list();

    expect(rows).toEqual([
      expect.objectContaining({ id, rules: ["Privileged container"], isExpired: false, expires: null }),
      expect.objectContaining({ id: null, isExpired: true, expires: "2020-01-01T00:00:00.000Z" }),
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(
      new RegExp(
        `^${id} +no end +Privileged container +ContainerName root1 and ImageReference .* known harmless`,
        "m",
      ),
    );
    expect(out).toMatch(/^by hand +over since .* \d+ rules +Image x/m);
  });

  it("removes by the beginning of an id, and shows what stood there", async () => {
    const { id, path } = await propose("Privileged container", "--yes");

    const removed = await runCommand(exception, ["remove", id.slice(0, 4), "--config", config]);

    expect(removed).toMatchObject({ code: 0, err: expect.stringContaining("systemctl reload dockwarden") });
    expect(removed.out).toContain("condition: not selection");
    expect(existsSync(path)).toBe(false);
    expect(await list()).toMatchObject({ code: 1, err: "no exceptions\n" });
    expect(await runCommand(exception, ["remove", id, "--config", config])).toMatchObject({
      code: 1,
      err: expect.stringContaining(`no exception has the id '${id}'`),
    });
  });
});
