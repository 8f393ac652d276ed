/**
 * Captures an ordinary day on which nothing deserves an alert at medium or above: `node test/lab/capture-benign.ts DIR [programs]`, as
 * root, with the lab's packages and Debian's `docker-compose`, `logrotate` and `cron`. Takes about 13 minutes, ten of
 * which are healthchecks every 5 seconds; with `programs` two, under audit rules that log every program. Reinstalls Docker's packages, at the version that is there.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { zstdCompressSync } from "node:zlib";
import { stringify } from "yaml";
import { openDockerSource } from "../../src/sources/docker/source.ts";
import { dockwarden, openHost, REPOSITORY, ssh, startAuditd } from "./harness/index.ts";
import { ORDINARY, openStage } from "./incident.ts";

const withPrograms = process.argv[3] === "programs";
const HEALTHY_MS = withPrograms ? 40_000 : 600_000;
const directory = resolve(process.argv[2] ?? join(REPOSITORY, "test/fixtures/benign"));
mkdirSync(directory, { recursive: true });
await using host = await openHost("lab");
await using stage = await openStage(host);

const service = (healthcheck: object) => ({
  image: "bb:1",
  command: "sleep 3600",
  network_mode: "none",
  restart: "unless-stopped",
  volumes: ["data:/data"],
  healthcheck,
});
host.write(
  "/home/alice/shop/docker-compose.yml",
  stringify({
    version: "3.7",
    services: {
      // A shell, a program, and a shell that fails at first.
      web: service({ test: ["CMD-SHELL", "ls /data >/dev/null || exit 1"], interval: "5s" }),
      db: service({ test: ["CMD", "ls", "/data"], interval: "30s" }),
      queue: service({ test: "test -e /data/ready || touch /data/ready", interval: "60s" }),
    },
    volumes: { data: {} },
  }),
);
host.write(
  "/etc/logrotate.d/rsyslog",
  "/var/log/auth.log\n{\n\trotate 4\n\tmissingok\n\tpostrotate\n\t\tkill -HUP $(cat /run/rsyslogd.pid)\n\tendscript\n}\n",
);
host.write(
  "/etc/cron.d/shop",
  "PATH=/usr/local/bin:/usr/bin:/bin\n*/2 * * * * root docker ps -q >/dev/null\n",
);
// So that logrotate's installation switches its timer on, as a first installation does.
await host.run([
  "rm",
  "-rf",
  "/etc/systemd/system/timers.target.wants",
  "/var/lib/systemd/deb-systemd-helper-enabled",
]);
const rules = withPrograms
  ? (await dockwarden(host, "audit-rules", "--for-host", "--commands", "all")).stdout
  : readFileSync(join(REPOSITORY, "config/audit/dockwarden.rules"), "utf8");
await using auditd = await startAuditd(host, { rules });
await using _cron = host.start(["cron", "-f"]);
const stop = new AbortController();
const docker: string[] = [];
const following = (async () => {
  const source = openDockerSource({ endpoint: { socket: stage.docker.socket }, clock: { now: Date.now } });
  for await (const { bytes } of source.follow(null, stop.signal)) docker.push(bytes.toString("utf8"));
})();
await sleep(1500);
// The loading of the audit rules is no part of the day.
const start = { audit: readFileSync(auditd.log).length, sshd: readFileSync(stage.authLog).length };

const alices = async (command: string): Promise<void> => {
  const { users, sshd } = stage;
  const { code, stdout, stderr } = await ssh(host, sshd, { user: users.alice, from: "127.0.0.2", command });
  console.log(`${new Date().toISOString()} ${command}: exit ${code}`);
  if (code !== 0) console.log(`${stdout}${stderr}`.trimEnd());
};

for (const act of ORDINARY) await act.run(stage);
await alices("cd shop && docker-compose up -d && docker-compose ps");
const healthyMs = Date.now();
await alices(
  "printf 'FROM bb:1\\nRUN touch /built\\nCMD [\"true\"]\\n' | DOCKER_BUILDKIT=0 docker build --network none -t built:1 -",
);
await alices("docker run --rm --network none built:1");
await alices(
  "sudo DEBIAN_FRONTEND=noninteractive apt-get install -y --reinstall logrotate docker.io runc cron sudo",
);
await alices("sudo logrotate --force /etc/logrotate.conf");
await sleep(healthyMs + HEALTHY_MS / 2 - Date.now());
await stage.docker.restart();
await sleep(healthyMs + HEALTHY_MS - Date.now());
await alices(
  "docker ps -a; docker images; docker info > /dev/null; docker logs web1 > /dev/null; docker rm -f web1",
);
await alices("cd shop && docker-compose down --volumes");
await sleep(1500);
stop.abort();
await following;

const audit = readFileSync(auditd.log).subarray(start.audit);
const rotated = readFileSync(`${stage.authLog}.1`).subarray(start.sshd);
const keep = (name: string, bytes: Buffer): void =>
  writeFileSync(join(directory, `${name}.zst`), zstdCompressSync(bytes));
keep("audit.log", audit);
keep("docker.jsonl", Buffer.from(docker.join("")));
keep("auth.log", Buffer.concat([rotated, readFileSync(stage.authLog)]));
console.log(`captured in ${directory}`);
