import { describe, expect, it } from "vitest";
import { parseAuditRule, parseAuditRules } from "../../../src/cli/audit-rules/audit-rule.ts";
import { coverageOf, EVERY_PROGRAM } from "../../../src/cli/audit-rules/coverage.ts";
import { auditRules, usualHost } from "../../../src/cli/audit-rules/rules.ts";
import { dataNeedsOf } from "../../../src/findings/needs/needs.ts";
import { rulesetOf } from "../../findings/events.ts";
import { rule } from "../../findings/rule-text.ts";

const OURS = parseAuditRules(auditRules(usualHost("x86_64")));
const FILES = "{ product: linux, category: file_change }";
const PROGRAMS = "{ product: linux, category: process_creation }";

/** What audit rules give of what a detection needs. */
function covered(detection: string, logsource: string, rules = OURS, exists = (_path: string) => true) {
  const [compiled] = rulesetOf(rule(detection, logsource)).rules;
  const [need] = compiled === undefined ? [] : dataNeedsOf(compiled.rule);
  if (need === undefined) throw new Error("no need");
  const { state, missing, serving } = coverageOf(need, rules, exists);
  return { state, missing, keys: [...new Set(serving.map(({ key }) => key))] };
}

describe("an audit rule's line", () => {
  it.each([
    [
      "-a always,exit -F arch=b64 -S connect,socketcall -F path=/run/docker.sock -F key=dw-api",
      { calls: ["connect", "socketcall"], path: "/run/docker.sock", key: "dw-api", isPeopleOnly: false },
    ],
    ["-w /etc/docker/ -p wa -k conf", { dir: "/etc/docker", perm: "wa", key: "conf" }],
    ["-a exit,always -S all -F path=/etc/passwd -F perm=w -k id", { calls: [], perm: "w", key: "id" }],
    ["-a always,exit -F arch=b64 -S execve -F auid>=1000 -F auid!=-1 -F key=x", { isPeopleOnly: true }],
    ["-a always,exit -S connect -F a0=3 -F key=x", { others: ["a0=3"] }],
  ])("%s", (line, expected) => {
    expect(parseAuditRule(line)).toMatchObject(expected);
  });

  it.each(["-D", "-b 8192", "# -a always,exit -S execve", "-a never,task", ""])("%j is none", (line) => {
    expect(parseAuditRule(line)).toBeNull();
  });
});

describe("the data that a rule needs", () => {
  it.each([
    ["a file below a watched directory", "selection: { TargetFilename|startswith: /etc/docker/x/ }", FILES],
    ["a watched file", "selection: { TargetFilename: /etc/sudoers }", FILES],
    [
      "a name that is in a watched directory",
      "selection: { TargetFilename|endswith: /.ssh/authorized_keys }",
      FILES,
    ],
    [
      "a directory and the names in it, as whole paths",
      "selection: { TargetFilename|startswith: [/lib/systemd/system/], TargetFilename|endswith: [/docker.service] }",
      FILES,
    ],
    ["a program whose starts are logged", "selection: { Image|endswith: /nsenter }", PROGRAMS],
    [
      "a call that is logged",
      "selection: { type: SYSCALL, SYSCALL: init_module }",
      "{ product: linux, service: auditd }",
    ],
    [
      "records that need no audit rule",
      "selection: { type: DAEMON_END }",
      "{ product: linux, service: auditd }",
    ],
  ])("is there for %s", (_, detection, logsource) => {
    expect(covered(detection, logsource)).toMatchObject({ state: "whole", missing: [] });
  });

  it.each([
    [
      "a file that nobody watches",
      "selection: { TargetFilename: /srv/secret }",
      FILES,
      "-a always,exit -F path=/srv/secret -F perm=wa -F key=dw-file",
    ],
    [
      "a directory",
      "selection: { TargetFilename|startswith: /srv/backup/ }",
      FILES,
      "-a always,exit -F dir=/srv/backup -F perm=wa -F key=dw-file",
    ],
    ["any program", "selection: { CommandLine|contains: xmrig }", PROGRAMS, EVERY_PROGRAM],
    [
      "a call",
      "selection: { type: SYSCALL, SYSCALL: ptrace }",
      "{ product: linux, service: auditd }",
      "-a always,exit -F arch=b64 -S ptrace -F key=dw-calls",
    ],
    [
      "connections",
      "selection: { DestinationPort: 4444 }",
      "{ product: linux, category: network_connection }",
      "-a always,exit -F arch=b64 -S connect -F saddr_fam=2 -F key=dw-net",
    ],
  ])("is missing for %s, and the rule that mends it serves it", (_, detection, logsource, line) => {
    const before = covered(detection, logsource);
    const after = covered(detection, logsource, [...OURS, ...parseAuditRules(before.missing.join("\n"))]);

    expect(before).toMatchObject({ state: "none", missing: expect.arrayContaining([line]) });
    expect(after).toMatchObject({ state: "whole", missing: [] });
  });

  it("is there in part where some of the paths are watched", () => {
    expect(covered("selection: { TargetFilename: [/etc/passwd, /srv/secret] }", FILES)).toMatchObject({
      state: "part",
      missing: [expect.stringContaining("/srv/secret")],
      keys: ["dw-group"],
    });
  });

  it("is there in part where people's programs are logged, and those of containers are not", () => {
    const people = parseAuditRules("-a always,exit -F arch=b64 -S execve -F auid!=unset -F key=dw-exec");

    expect(covered("selection: { CommandLine|contains: xmrig }", PROGRAMS, people)).toMatchObject({
      state: "part",
      missing: [EVERY_PROGRAM],
    });
  });

  it("does not ask for programs that are not installed", () => {
    const exists = (path: string) => !path.startsWith("/opt/x");

    expect(
      covered("selection: { TargetFilename: [/usr/bin/docker, /opt/x/docker] }", FILES, OURS, exists),
    ).toMatchObject({ state: "whole" });
  });

  it("does not count what is negated", () => {
    expect(
      covered(
        "selection: { Operation: write }\nfilter: { TargetFilename: /etc/passwd }\ncondition: selection and not filter",
        FILES,
        [],
      ),
    ).toMatchObject({ state: "none", missing: [expect.stringContaining("dir=DIRECTORY")] });
  });
});
