import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { command } from "../../src/cli/commands/ausearch.ts";
import { ran } from "../reports/ran.ts";
import { requireLab } from "./harness/require.ts";

const ROOT = join(import.meta.dirname, "../..");
const LOGS = [
  ...globSync("test/fixtures/audit/*/input.log", { cwd: ROOT }).sort(),
  "demo/incident/audit.log",
];

/** What is asked of each log: options as typed in a shell that splits at blanks. */
const QUESTIONS = `
-m ALL | -m ALL -r | -m ALL -i | -m ALL --format interpret | -m ALL --escape raw | -m ALL -i --escape shell
-m ALL -i --escape shell_quote | -k doc | -k docker -w | -k docker -i | -f etc | -f /etc/passwd -w | -x docker
-x /usr/bin/docker -w -r | -c sshd | -c ssh -w | -ui 0 | -ui root | -ui root -i | -ua root -i | -ua 0 | -ua 1001
-ul 1001 -r | -ul -1 | -ul root | -ue 0 | -ue root | -ue root -ui root -i | -ga 0 | -gi 0 | -ge root | -gi root
-ga 1001 | -hn 127 | -hn 10.1.2.3 -w | -tm ssh | -tm pts | -tm (none) | -p 1 | -pp 1 | -sc execve | -sc 59 -r
-sc open | -sc connect -i | --arch x86_64 | --arch i386 | --arch b64 -sc openat -i | -sv yes | -sv no -i
--session 25 | --session -1 | -e 0 | -e -2 | -e -ENOENT | -e -13 -i | -m USER_LOGIN,SYSCALL | -m LOGIN -i
-m 1300 -r | -m EXECVE -i | -su sshd | -o etc | -se unconfined | -se init_t | -n host | -n web1 | -vm x | -uu x
-a 2530 | -a 1 -i | -ts 01/01/26 | -te 01/01/26 | -ts 11/24/26 11:38:25 | -ts today -i | --just-one
--just-one -m USER_AUTH | -m ALL --eoe-timeout 5 | -k docker -ul 1001 -i | -l -m CWD | -m PATH,BOGUS | -m proctitle
`
  .split(/[|\n]/)
  .map((line) => line.trim().split(" "))
  .filter(([first]) => first !== "");

/** Command lines that are not understood, or that ask for no log. */
const MISUSES = `
-x | -m BOGUS | -m 1300,BOGUS | -sc nosuch | --arch foo | --arch b64 --arch b32 | -sc execve --arch b64 | -e FOO
--escape | --escape foo | --extra-keys | -ts | -ua nobody2 | -ui nobody2 | -ue nobody2 | -ul nobody2 | -ga nobody2
-ge nobody2 | -gi nobody2 | -a x | --eoe-timeout x | --eoe-timeout 0 | -i foo | -r -i | -i -r | --format bogus
--format raw --format raw | -r x | --bogus | -if /nonexistent | -sv maybe | --just-one x | -w foo | -h | --help | -v
-p x | -pp x | -p 99999999999999999999 | -ga 99999999999999999999 | -sc 99999999999999999999 | --session x
-ts 13/13/26 | -ts 10:99 | -te 1/2 | -a 99999999999999999999 | -m 99999999999999999999
`
  .split(/[|\n]/)
  .map((line) => line.trim().split(" "))
  .filter(([first]) => first !== "");

function real(argv: readonly string[], zone: string) {
  const { status, stdout, stderr } = spawnSync("ausearch", argv, {
    cwd: ROOT,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: zone },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { code: status, out: stdout.toString("latin1"), err: stderr.toString("latin1") };
}

async function ours(argv: readonly string[], zone: string) {
  process.env["TZ"] = zone;
  return await ran(command, argv);
}

requireLab("ausearch")("our ausearch and the real one", () => {
  it.each(LOGS)(
    "say the same of %s, whatever is asked",
    async (log) => {
      const different: string[] = [];
      for (const question of QUESTIONS) {
        const argv = ["-if", join(ROOT, log), ...question];
        const expected = real(argv, "UTC");
        const got = await ours(argv, "UTC");
        if (JSON.stringify(got) !== JSON.stringify(expected)) different.push(question.join(" "));
      }
      expect(different).toEqual([]);
    },
    120_000,
  );

  it("read the same time zone", async () => {
    const argv = ["-if", join(ROOT, "demo/incident/audit.log"), "-ts", "11/24/26", "06:00:00", "-i"];

    expect(await ours(argv, "America/New_York")).toEqual(real(argv, "America/New_York"));
  });

  it("refuse the same with the same words", async () => {
    for (const argv of [[], ...MISUSES])
      expect(await ours(argv, "UTC"), argv.join(" ")).toEqual(real(argv, "UTC"));
  });
});
