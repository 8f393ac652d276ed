/**
 * Measures how many events the audit rules make of ordinary acts, for the defaults of `audit-rules --rates`:
 * `node test/lab/measure-audit-rates.ts`, as root, with the lab's packages. Takes about two minutes.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { auditRules, usualHost } from "../../src/cli/audit-rules/rules.ts";
import { openHost, startAuditd, startDockerd } from "./harness/index.ts";

await using host = await openHost();
await using docker = await startDockerd(host);
await using auditd = await startAuditd(host, {
  rules: auditRules({ ...usualHost("x86_64"), commands: "all" }),
});
const run = (command: string) => host.run(["sh", "-c", command], { check: false });

/** Events and bytes by the key of the rule that caught them. */
function byKey(log: string): ReadonlyMap<string, { events: number; bytes: number }> {
  const sizes = new Map<string, { bytes: number; keys: readonly string[] }>();
  for (const line of log.split("\n")) {
    const stamp = /audit\(([\d.:]+)\)/.exec(line)?.[1];
    if (stamp === undefined) continue;
    const event = sizes.get(stamp) ?? { bytes: 0, keys: [] };
    const [, quoted, hex] = /^type=SYSCALL .* key=(?:"([^"]*)"|([0-9A-F]+))/.exec(line) ?? [];
    const text = quoted ?? Buffer.from(hex ?? "", "hex").toString();
    const keys = text === "" ? event.keys : text.split("\x01");
    sizes.set(stamp, { bytes: event.bytes + line.length + 1, keys });
  }
  const found = new Map<string, { events: number; bytes: number }>();
  for (const { bytes, keys } of sizes.values())
    for (const key of keys) {
      const sum = found.get(key) ?? { events: 0, bytes: 0 };
      found.set(key, { events: sum.events + 1, bytes: sum.bytes + bytes });
    }
  return found;
}

async function measure(what: string, times: number, act: () => Promise<unknown>): Promise<void> {
  await sleep(1000);
  const before = readFileSync(auditd.log).length;
  await act();
  await sleep(1500);
  const found = byKey(readFileSync(auditd.log).subarray(before).toString("latin1"));
  console.log(`${what} (${times} times)`);
  for (const [key, { events, bytes }] of [...found].sort(([a], [b]) => a.localeCompare(b)))
    console.log(
      `  ${key.padEnd(14)} ${(events / times).toFixed(2).padStart(7)} events each, ${Math.round(bytes / events)} bytes an event`,
    );
}

await run("docker run -d --name web --network none bb:1 sleep 600");
await measure("nothing, for 30 s", 1, () => sleep(30_000));
await measure("docker ps", 20, () => run("for i in $(seq 20); do docker ps >/dev/null; done"));
await measure("docker run --rm: a container's life, and the command", 5, () =>
  run("for i in $(seq 5); do docker run --rm --network none bb:1 true; done"),
);
await measure("docker exec, and the command", 10, () =>
  run("for i in $(seq 10); do docker exec web true; done"),
);
await run("docker run -d --name sick --network none --health-cmd 'ls /' --health-interval 2s bb:1 sleep 600");
await measure("a healthcheck", 10, () => sleep(20_000));
await run("docker rm -f sick");
await measure("an image build of two steps", 1, () =>
  run(
    "printf 'FROM bb:1\\nRUN touch /a\\nRUN touch /b\\n' | DOCKER_BUILDKIT=0 docker build --network none -t t:1 -",
  ),
);
await measure("dockerd started anew", 1, () => docker.restart());
await measure("a user made and removed", 5, () =>
  run("for i in $(seq 5); do useradd -m zoe$i; userdel -r zoe$i; done"),
);
await measure("augenrules --load", 1, () => run("augenrules --check"));
