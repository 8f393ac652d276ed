import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { command } from "../../src/cli/commands/ausearch.ts";
import { tangledLog } from "../query/tangled-log.ts";
import { ran } from "../reports/ran.ts";
import { requireLab } from "./harness/require.ts";

const folder = mkdtempSync(join(tmpdir(), "tangled-"));
afterAll(() => rmSync(folder, { recursive: true }));

const QUESTIONS =
  `-m ALL -r|-m ALL|-m ALL -i|-k docker|-k docker -r|-k docker -w|-k docker -i|-k docker -m PATH|-f docker.sock|-f docker.sock -r
-f docker.sock -m USER_LOGIN|-p 7 -r|-p 71|-pp 1 -r|--session 5|--session 55 -r|-ul 1000 -r|-ul 7 -i|-x docker -r|-x sshd|-c docker
-m USER_LOGIN|-m USER_LOGIN -r|-m PATH,LOGIN -i|-a 77 -r|-n web1 -k docker|-tm pts|-hn h|-ui 0 -r|-ui 5|-gi 5 -r|-ue 7|-e -13|-sc 2|-sc 59|-sc execve -r|-sv no
-k docker --just-one|-k docker --eoe-timeout 9 -r|-m ALL -r --eoe-timeout 1|-ts 11/14/23 22:14:00 -k docker -r|-te 11/14/23 22:14:00 -p 7`
    .split(/[|\n]/)
    .map((line) => line.trim().split(" "));

// More than four chunks of a file.
const LINES = 15_000;

requireLab("ausearch")("of logs with lines and clocks out of order", () => {
  it.each(
    [20, 100, 400, 6000].flatMap((perSec) => [true, false].map((isEnriched) => ({ perSec, isEnriched }))),
  )(
    "our ausearch says what the real one says: $perSec lines a second, enriched: $isEnriched",
    async ({ perSec, isEnriched }) => {
      process.env["TZ"] = "UTC";
      const log = join(folder, `${perSec}-${isEnriched}.log`);
      writeFileSync(log, Buffer.from(tangledLog(perSec, LINES, perSec, isEnriched), "latin1"));
      const different: string[] = [];
      let found = 0;
      for (const question of QUESTIONS) {
        const argv = ["-if", log, ...question];
        const { status, stdout, stderr } = spawnSync("ausearch", argv, {
          env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" },
          stdio: ["ignore", "pipe", "pipe"],
          maxBuffer: 1 << 28,
        });
        if (stdout.length > 0) found += 1;
        const { code, out, err } = await ran(command, argv);
        if (code !== status || out !== stdout.toString("latin1") || err !== stderr.toString("latin1"))
          different.push(question.join(" "));
      }
      expect(different).toEqual([]);
      expect(found).toBeGreaterThan(QUESTIONS.length / 2);
    },
    120_000,
  );
});
