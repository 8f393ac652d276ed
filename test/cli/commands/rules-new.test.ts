import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SKELETON_NAMES } from "../../../src/cli/commands/rules/skeletons.ts";
import { command as rules } from "../../../src/cli/commands/rules.ts";
import { runCommand } from "./run-command.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "dw-rules-new-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const config = (text: string): string => {
  const file = join(dir, "dockwarden.yml");
  writeFileSync(file, text);
  return file;
};

describe("rules new", () => {
  it.each(SKELETON_NAMES)("writes a rule for %s events that is right, and whose cases pass", async (kind) => {
    const made = await runCommand(rules, ["new", "my_rule", "--kind", kind, "--dir", dir]);

    expect(made).toMatchObject({ code: 0, out: `${dir}/my_rule.yml\n${dir}/my_rule.test.yml\n` });
    const checked = await runCommand(rules, ["check", "--rules", dir]);
    expect(checked).toMatchObject({ code: 0, out: "1 rules from 1 files: 0 errors, 0 warnings\n", err: "" });
    const tested = await runCommand(rules, ["test", "--rules", dir]);
    expect(`${tested.out}${tested.err}`).toMatch(/2 (cases )?pass/);
    expect(tested.code).toBe(0);
  });

  it("gives each rule an id of its own", async () => {
    for (const name of ["one", "two"]) await runCommand(rules, ["new", name, "--dir", dir]);

    expect((await runCommand(rules, ["check", "--rules", dir])).code).toBe(0);
  });

  it("writes over nothing, and leaves no half", async () => {
    writeFileSync(join(dir, "mine.test.yml"), "- mine\n");

    await expect(runCommand(rules, ["new", "mine", "--dir", dir])).rejects.toThrow(
      /mine\.test\.yml is there already/,
    );

    expect(readFileSync(join(dir, "mine.test.yml"), "utf8")).toBe("- mine\n");
    expect(existsSync(join(dir, "mine.yml"))).toBe(false);
  });

  it("takes the configuration's own directory, and makes it", async () => {
    const own = join(dir, "own");
    const file = config(`rules: [config/rules, ${own}]\n`);

    const made = await runCommand(rules, ["new", "mine", "--config", file]);

    expect(made.out).toContain(`${own}/mine.yml`);
    expect(made.err).toContain("systemctl reload dockwarden");
    // As the daemon reads them, beside the built-in ones.
    expect((await runCommand(rules, ["check", "--config", file])).code).toBe(0);
  });

  it("says so where the daemon does not read the directory, or there is none", async () => {
    mkdirSync(join(dir, "other"));
    const file = config("rules: [/srv/one.yml]\n");

    expect(
      (await runCommand(rules, ["new", "mine", "--dir", join(dir, "other"), "--config", file])).err,
    ).toMatch(/the daemon does not read .*other: add it/);
    await expect(runCommand(rules, ["new", "mine", "--config", file])).rejects.toThrow(
      /names no directory for rules of your own.*--dir/,
    );
  });

  it("refuses a name that is none", async () => {
    await expect(runCommand(rules, ["new", "../x", "--dir", dir])).rejects.toThrow(/lower-case letters/);
    expect(await runCommand(rules, ["new", "x", "--kind", "windows", "--dir", dir])).toMatchObject({
      code: 2,
      err: expect.stringContaining("expected one of docker, file"),
    });
  });
});
