import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRuleFiles } from "../../../src/app/rules.ts";
import { thisHost } from "../../../src/cli/audit-rules/host.ts";
import { neededRules } from "../../../src/cli/audit-rules/needed.ts";
import { auditRules, usualHost } from "../../../src/cli/audit-rules/rules.ts";
import { compileRules } from "../../../src/findings/index.ts";
import { rulesetOf } from "../../findings/events.ts";
import { rule } from "../../findings/rule-text.ts";

const CONFIG = join(import.meta.dirname, "../../../config/audit");
const builtIn = compileRules(readRuleFiles([join(import.meta.dirname, "../../../config/rules")]), {
  placeholders: {},
}).ruleset;
const linesOf = (text: string) => text.split("\n").filter((line) => line.startsWith("-a "));

describe("audit rules", () => {
  it.each([
    ["x86_64", "dockwarden.rules"],
    ["aarch64", "dockwarden-aarch64.rules"],
  ] as const)("for %s are those in config/audit/%s", (arch, file) => {
    expect(readFileSync(join(CONFIG, file), "utf8")).toBe(neededRules(usualHost(arch), builtIn).text);
  });

  it("quieten the engine before anything else is matched", () => {
    const lines = linesOf(auditRules(usualHost("x86_64")));
    const firstAlways = lines.findIndex((line) => line.startsWith("-a always"));

    expect(lines.slice(0, firstAlways).every((line) => line.includes("-F exe="))).toBe(true);
    expect(lines.slice(firstAlways).filter((line) => line.startsWith("-a never"))).toEqual([
      "-a never,exit -F dir=/var/log/audit -F perm=wa -F exe=/usr/sbin/auditd",
    ]);
  });

  it("leave out what no enabled detection needs, and keep what names people", () => {
    const ruleset = rulesetOf(
      rule("selection: { TargetFilename: /etc/sudoers }", "{ product: linux, category: file_change }"),
    );
    const { text } = neededRules(usualHost("x86_64"), ruleset);

    expect(linesOf(text).filter((line) => /key=dw-(cron|module|preload)/.test(line))).toEqual([]);
    expect(text).toContain(
      "# no enabled detection needs it: -a always,exit -F path=/etc/crontab -F perm=wa -F key=dw-cron",
    );
    expect(linesOf(text)).toContain("-a always,exit -F path=/etc/sudoers -F perm=wa -F key=dw-sudoers");
    expect(linesOf(text).filter((line) => line.includes("key=dw-runtime")).length).toBeGreaterThan(3);
  });

  it("have what a detection of one's own needs, once, and say for which it is", () => {
    const detections = ["one", "two"].map((name) =>
      rule(
        "selection: { TargetFilename|startswith: /srv/backup/ }",
        "{ product: linux, category: file_change }",
      ).replace("A rule", `${name}\nname: ${name}`),
    );
    const { text, rules } = neededRules(usualHost("x86_64"), rulesetOf(detections.join("---\n")));
    const line = "-a always,exit -F dir=/srv/backup -F perm=wa -F key=dw-file";

    expect(text).toContain(`# for one, two\n${line}\n`);
    expect(linesOf(text).filter((one) => one === line)).toHaveLength(1);
    expect(rules.find((one) => one.rule.text === line)?.detections).toEqual(["one", "two"]);
  });

  it("say which detections are blind without every program", () => {
    const text = (commands: "people" | "all") =>
      neededRules({ ...usualHost("x86_64"), commands }, builtIn).text;

    expect(text("people")).toMatch(/^## Without every program .*scratch_program_in_container.*miner_run\.$/m);
    expect(text("all")).not.toContain("## Without every program");
  });

  it("name no 32-bit call that aarch64 does not have", () => {
    expect(auditRules(usualHost("aarch64"))).not.toMatch(/arch=b32|socketcall/);
  });

  it("leave out, with a comment, what a host lacks", () => {
    const text = auditRules({ ...usualHost("x86_64"), has: (path) => path !== "/etc/containerd" });

    expect(linesOf(text).filter((line) => line.includes("dir=/etc/containerd "))).toEqual([]);
    expect(text).toContain(
      "# not on this host: -a always,exit -F dir=/etc/containerd -F perm=wa -F key=dw-config",
    );
  });

  it("watch for a file that is not there yet, where its directory is", () => {
    const lacks = [
      "/etc/ld.so.preload",
      "/etc/sysconfig",
      "/etc/sysconfig/docker",
      // Nobody can make a file there.
      "/sys/kernel/uevent_helper",
    ];
    const text = auditRules({ ...usualHost("x86_64"), has: (path) => !lacks.includes(path) });

    expect(linesOf(text).filter((line) => line.includes("path=/etc/ld.so.preload "))).toHaveLength(1);
    expect(linesOf(text).filter((line) => line.includes("/etc/sysconfig/"))).toEqual([]);
    expect(linesOf(text).filter((line) => line.includes("uevent_helper"))).toEqual([]);
  });

  it("log people's commands, or all programs, only where that is asked for", () => {
    const exec = (commands: "none" | "people" | "all") =>
      linesOf(auditRules({ ...usualHost("x86_64"), commands })).filter((line) => line.includes("dw-exec"));

    expect(exec("none")).toEqual([]);
    expect(exec("people").map((line) => line.includes("auid!=unset"))).toEqual([true, true]);
    expect(exec("all").map((line) => line.includes("auid"))).toEqual([false, false]);
  });

  it("do not log what Dockwarden's own user asks of the API, where there is one", () => {
    const lines = linesOf(auditRules({ ...usualHost("x86_64"), ownUser: "dockwarden" }));

    expect(lines).toContain(
      "-a never,exit -F arch=b64 -S connect -F path=/run/docker.sock -F uid=dockwarden",
    );
  });

  it("for this host name only programs that are here", () => {
    const host = thisHost("x86_64", { commands: "none" });
    const named = [...host.clients, ...host.daemons, ...host.runtimes];

    expect(named.every((path) => host.has(path))).toBe(true);
    expect(new Set(named).size).toBe(named.length);
  });
});
