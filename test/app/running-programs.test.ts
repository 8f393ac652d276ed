import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, realpathSync } from "node:fs";
import { expect, it } from "vitest";
import { runningPrograms } from "../../src/app/running-programs.ts";

it("knows each running program's file, arguments, parent and session", async () => {
  const child = spawn("sh", ["-c", "echo ready; read line; true", "a (b) c", "é"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    await once(child.stdout, "data");

    const programs = runningPrograms();

    expect(programs.get(child.pid ?? 0)).toEqual({
      exe: realpathSync("/bin/sh"),
      commandLine: `sh -c echo ready; read line; true a (b) c ${Buffer.from("é").toString("latin1")}`,
      ppid: process.pid,
      ses: readFileSync("/proc/self/sessionid", "latin1").trim(),
    });
    expect(programs.get(process.pid)).toMatchObject({
      exe: realpathSync(process.execPath),
      ppid: process.ppid,
    });
  } finally {
    child.stdin.end("\n");
    await once(child, "exit");
  }
});
