/**
 * Captures an ordinary day on which nothing deserves an alert at medium or above: `node test/lab/capture-benign.ts DIR`, as
 * root, with the lab's packages. Takes about two minutes.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openDockerSource } from "../../src/sources/docker/source.ts";
import { openHost, REPOSITORY, startAuditd } from "./harness/index.ts";
import { ORDINARY, openStage } from "./incident.ts";

const directory = resolve(process.argv[2] ?? join(REPOSITORY, "test/fixtures/benign"));
mkdirSync(directory, { recursive: true });
await using host = await openHost("lab");
await using stage = await openStage(host);
await using auditd = await startAuditd(host, {
  rules: readFileSync(join(REPOSITORY, "config/audit/dockwarden.rules"), "utf8"),
});
const stop = new AbortController();
const docker: string[] = [];
const following = (async () => {
  const source = openDockerSource({ endpoint: { socket: stage.docker.socket }, clock: { now: Date.now } });
  for await (const { bytes } of source.follow(null, stop.signal)) docker.push(bytes.toString("utf8"));
})();
await sleep(1500);
const run = async (command: string) => {
  const { code, stderr } = await host.run(["sh", "-c", command], { check: false });
  if (code !== 0) console.log(`${command}: exit ${code} ${stderr}`);
};

for (const act of ORDINARY) await act.run(stage);
// A project goes up and down, as compose does it, with a healthcheck that runs a shell.
for (const service of ["web", "db", "cache"])
  await run(
    `docker run -d --name shop-${service} --network none --restart unless-stopped --label com.docker.compose.project=shop --health-cmd 'ls /' --health-interval 5s -v shop-${service}:/data bb:1 sleep 600`,
  );
await run(
  "printf 'FROM bb:1\\nRUN touch /built\\nCMD [\"true\"]\\n' | DOCKER_BUILDKIT=0 docker build --network none -t built:1 -",
);
await run("docker run --rm --network none built:1");
await sleep(25_000);
await run("docker rm -f shop-web shop-db shop-cache && docker volume rm shop-web shop-db shop-cache");
await stage.docker.restart();
// What logrotate and cron write.
await run(
  "mv /var/log/auth.log /var/log/auth.log.1; touch /var/log/auth.log; mkdir -p /var/lib/logrotate; date > /var/lib/logrotate/status",
);
await run(
  "docker ps -a; docker images; docker info > /dev/null; docker logs web1 > /dev/null; docker rm -f web1",
);
auditd.rotate();
await sleep(1500);
stop.abort();
await following;
copyFileSync(`${auditd.log}.1`, join(directory, "audit.log"));
writeFileSync(join(directory, "docker.jsonl"), docker.join(""));
copyFileSync(`${stage.authLog}.1`, join(directory, "auth.log"));
console.log(`captured in ${directory}`);
