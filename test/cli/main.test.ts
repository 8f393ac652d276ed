import { execFileSync, spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.ts";

const ROOT = join(import.meta.dirname, "../..");
const BIN = join(ROOT, "bin/dockwarden");

it("prints the package's version", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };

  expect(execFileSync(BIN, ["--version"], { encoding: "utf8" })).toBe(`dockwarden ${version}\n`);
});

it("names every command in its help, and goes on with 0", () => {
  const help = execFileSync(BIN, ["--help"], { encoding: "utf8" });

  for (const { name, summary } of COMMANDS)
    expect(help).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20).replaceAll(/[^\w ]/g, ".")}`, "m"));
});

it("refuses an unknown command with what to do, exit code 2, and no raw control characters", () => {
  const { status, stderr } = spawnSync(BIN, ["lo\u001bgins"], { encoding: "utf8" });

  expect(status).toBe(2);
  expect(stderr).toBe(
    "dockwarden: no command 'lo\\x1bgins'; 'dockwarden --help' lists them (DW_CLI_COMMAND)\n",
  );
});

it("has a file for each command, and no file that belongs to none", () => {
  const files = globSync("*.ts", { cwd: join(ROOT, "src/cli/commands") }).map((file) =>
    file.replace(".ts", ""),
  );
  const names = COMMANDS.map(({ name }) => name);

  expect(names.filter((name) => !files.includes(name))).toEqual([]);
  expect(
    files.filter(
      (file) => file !== "index" && !names.some((name) => file === name || file.startsWith(`${name}-`)),
    ),
  ).toEqual([]);
});

it.each(COMMANDS.map(({ name }) => name))("%s explains itself by --help", (name) => {
  const { status, stdout } = spawnSync(BIN, [name, "--help"], { encoding: "utf8" });

  expect(status).toBe(0);
  expect(stdout).toMatch(/usage/i);
});
