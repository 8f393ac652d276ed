/**
 * Records the incident that `npm run demo` plays: `node test/lab/capture-demo.ts DIR`, as root, with the lab's
 * packages. Takes about a minute. Overwrites DIR.
 */
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openHost, REPOSITORY, recordDocker, startAuditd } from "./harness/index.ts";
import { ATTACK, ATTACKER, COVER_UP, ORDINARY, openStage } from "./incident.ts";

const directory = resolve(process.argv[2] ?? join(REPOSITORY, "demo/incident"));
const rulesFile = process.argv[3] ?? join(REPOSITORY, "config/audit/dockwarden.rules");

rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
const acts = [...ORDINARY.slice(0, 1), ...ATTACK, ...ORDINARY.slice(1), COVER_UP];
await using host = await openHost("web-1");
await using stage = await openStage(host);
{
  await using auditd = await startAuditd(host, { rules: readFileSync(rulesFile, "utf8") });
  await using _recorder = await recordDocker(stage.docker, directory);
  for (const { does, run } of acts) {
    console.log(does);
    await run(stage);
    await sleep(500);
  }
  await sleep(1500);
  for (const log of [auditd.log, stage.authLog]) {
    copyFileSync(log, join(directory, basename(log)));
    chmodSync(join(directory, basename(log)), 0o644);
  }
}

const version = async (...argv: string[]) => {
  const { stdout, stderr } = await host.run(argv, { check: false });
  return (stdout || stderr).trim().split("\n")[0];
};
const size = (file: string) => `${Math.ceil(statSync(join(directory, file)).size / 1024)} KiB`;
writeFileSync(
  join(directory, "ORIGIN.md"),
  `# Where this incident comes from

Captured ${new Date().toISOString().slice(0, 10)} by \`node test/lab/capture-demo.ts demo/incident\`: real daemons on loopback, nothing edited afterwards.

- ${await version("sh", "-c", '. /etc/os-release; echo "$PRETTY_NAME"')}, Linux ${await version("uname", "-r")}
- ${await version("auditctl", "-v")} (ENRICHED), rules: config/audit/dockwarden.rules
- ${await version("ssh", "-V")}, UsePAM, LogLevel VERBOSE; rsyslog with RFC 3339 stamps
- dockerd: ${await version("dockerd", "--version")}; client: ${await version("docker", "--version")}

alice and bob work on the host; ${ATTACKER} gets hold of carol's account:

${acts.map(({ does }) => `- ${does}`).join("\n")}

Files: \`audit.log\` (${size("audit.log")}), \`auth.log\` (${size("auth.log")}), \`docker-events.jsonl\` (${size("docker-events.jsonl")}, \`GET /events\` as sent),
\`inspect/ID.json\` (\`GET /containers/ID/json\` right after create and start).
Users, keys and passwords were made for the capture and went with it. This kernel refuses the start of the privileged
container; its create event and inspect are there.
`,
);
console.log(`recorded in ${directory}`);
