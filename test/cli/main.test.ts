import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdtempDisposableSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands/index.ts";

const ROOT = join(import.meta.dirname, "../..");
const BIN = join(ROOT, "bin/dockwarden");

it("prints the package's version", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };

  expect(execFileSync(BIN, ["--version"], { encoding: "utf8" })).toBe(`dockwarden ${version}\n`);
});

it("starts by whatever name it has", () => {
  using dir = mkdtempDisposableSync(join(tmpdir(), "dockwarden-"));
  symlinkSync(BIN, join(dir.path, "linked"));
  symlinkSync(ROOT, join(dir.path, "root"));
  symlinkSync("root/bin/dockwarden", join(dir.path, "relative"));
  const names = [
    [dir.path, "./linked"],
    [dir.path, join(dir.path, "relative")],
    [dir.path, join(dir.path, "root/bin/dockwarden")],
    [ROOT, "bin/dockwarden"],
    [join(ROOT, "bin"), "./dockwarden"],
    ["/", `${ROOT}//bin//dockwarden`],
    ["/", `${ROOT}/bin/../bin/./dockwarden`],
  ] as const;

  for (const [cwd, name] of names)
    expect(execFileSync(name, ["aureport", "-v"], { cwd, encoding: "utf8" })).toMatch(/^aureport version/);
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
