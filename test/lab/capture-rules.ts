/**
 * Captures what the tests of the built-in rules are made of: `node test/lab/capture-rules.ts DIR [ACT…]`, as root, with the
 * lab's packages. For each act `DIR/NAME.json` has the lines that each source wrote while it ran. The kernel's audit is
 * one for the whole machine, so lines of other programs may lie between: take the events that an act is about.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openDockerSource } from "../../src/sources/docker/source.ts";
import { openHost, REPOSITORY, ssh, startAuditd, startRegistry } from "./harness/index.ts";
import { openStage, type Stage } from "./incident.ts";

const directory = resolve(process.argv[2] ?? "captured-rules");
const EXTRA_RULES =
  "-a always,exit -F arch=b64 -S execve,execveat -F key=dw-exec\n-a always,exit -F dir=/home -F perm=wa -F key=dw-keys\n";
const rules = readFileSync(join(REPOSITORY, "config/audit/dockwarden.rules"), "utf8") + EXTRA_RULES;

interface Act {
  readonly name: string;
  readonly run: (stage: Stage) => Promise<unknown>;
}
const LOCAL = "127.0.0.2";
const command =
  (...commands: readonly string[]) =>
  async ({ host }: Stage) => {
    for (const one of commands) {
      const { code, stdout, stderr } = await host.run(["sh", "-c", one], { check: false });
      if (code !== 0) console.log(`  ${one}: exit ${code} ${stdout}${stderr}`.trimEnd());
    }
  };
const act = (name: string, ...commands: readonly string[]): Act => ({ name, run: command(...commands) });
const create = (name: string, options: string): Act =>
  act(name, `docker create --name ${name} --network none ${options} bb:1 sleep 60`, `docker rm -f ${name}`);

mkdirSync(directory, { recursive: true });
await using host = await openHost("lab");
await using stage = await openStage(host);
await using registry = await startRegistry(host);
const foreign = `${registry.address}/tools/busy:1`;

const ACTS: readonly Act[] = [
  act(
    "ordinary",
    "docker run -d --name web --network none --label com.docker.compose.project=shop bb:1 sleep 60",
    "docker exec web ls /etc",
    "docker exec web cat /etc/hostname",
    "docker rm -f web",
    "docker run --rm --network none bb:1 true",
  ),
  act(
    "healthcheck",
    "docker run -d --name healthy --network none --health-cmd 'ls / >/dev/null' --health-interval 1s bb:1 sleep 60",
    "sleep 4",
    "docker rm -f healthy",
  ),
  create("privileged", "--privileged"),
  create("socket", "-v /var/run/docker.sock:/var/run/docker.sock:ro"),
  create("rundir", "-v /run:/host/run"),
  create("etc-writable", "-v /etc:/host/etc"),
  create("root-readonly", "-v /:/host:ro"),
  create("named-volume", "-v data:/data -v /srv/app:/app"),
  create("sys-admin", "--cap-add SYS_ADMIN"),
  create("net-admin", "--cap-add CAP_NET_ADMIN"),
  create("chown", "--cap-add CHOWN --cap-drop ALL"),
  create("pid-host", "--pid host"),
  create("userns-host", "--userns host"),
  act("net-host", "docker create --name nethost --network host bb:1 sleep 60", "docker rm -f nethost"),
  create("unconfined", "--security-opt seccomp=unconfined"),
  create("no-new-privileges", "--security-opt no-new-privileges"),
  create("disk", "--device /dev/vda:/dev/vda"),
  create("fuse", "--device /dev/fuse"),
  act(
    "execs",
    "docker run -d --name target --network none --user 1000 bb:1 sleep 60",
    "docker exec target sh -c id",
    "docker exec --privileged target id",
    "docker exec --user root target id",
    "docker exec target id",
    "docker rm -f target",
  ),
  act(
    "images",
    "docker tag bb:1 registry.example.net/tools/busy:1",
    "docker create --name foreign --network none registry.example.net/tools/busy:1 true",
    "docker commit foreign made:1",
    "docker save made:1 -o /tmp/made.tar && docker load -i /tmp/made.tar",
    "docker rm -f foreign",
  ),
  act(
    "crash-loop",
    "docker run -d --name crashing --network none --restart on-failure:5 bb:1 sh -c 'exit 3'",
    "sleep 25",
    "docker rm -f crashing",
  ),
  act(
    "out-of-memory",
    // The shell outlives what is killed; then the first program is killed itself, and by hand.
    "docker run --name starving --network none --memory 8m --memory-swap 8m bb:1 sh -c 'for time in 1 2 3 4 5; do busybox tail /dev/zero; sleep 0.3; done'",
    "docker create --name dying --network none --memory 8m --memory-swap 8m bb:1 busybox tail /dev/zero",
    "for time in 1 2 3 4 5; do docker start -a dying; done",
    "docker run -d --name stopped --network none bb:1 sleep 600",
    "for time in 1 2 3 4 5; do docker kill stopped; docker start stopped; done",
    "docker rm -f starving dying stopped",
  ),
  act(
    "pull",
    `docker tag bb:1 ${foreign} && docker push -q ${foreign} && docker rmi ${foreign}`,
    `docker pull -q ${foreign}`,
  ),
  act(
    "plugin",
    `mkdir -p /run/plugin/rootfs && echo '{"description":"x","entrypoint":["/x"],"interface":{"socket":"x.sock","types":["docker.logdriver/1.0"]}}' >/run/plugin/config.json`,
    `docker plugin create ${registry.address}/tools/logs:1 /run/plugin`,
    `docker plugin push ${registry.address}/tools/logs:1 && docker plugin rm ${registry.address}/tools/logs:1`,
    `docker plugin install --grant-all-permissions ${registry.address}/tools/logs:1`,
    `docker plugin rm -f ${registry.address}/tools/logs:1`,
  ),
  act(
    "mass-removal",
    ...Array.from({ length: 10 }, (_, at) => `docker create --name many${at} --network none bb:1 true`),
    "docker rm many0 many1 many2 many3 many4 many5 many6 many7 many8 many9",
  ),
  act("swarm", "docker swarm init --advertise-addr 127.0.0.1", "docker swarm leave --force"),
  act("docker-group", "gpasswd -a bob docker", "gpasswd -d bob docker", "usermod -aG docker bob"),
  act("other-group", "groupadd -f friends", "gpasswd -a bob friends"),
  act("sudoers", "echo 'bob ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/bob", "rm /etc/sudoers.d/bob"),
  act("cron", "echo '* * * * * root true' > /etc/cron.d/job", "rm /etc/cron.d/job"),
  act("unit", "printf '[Service]\\nExecStart=/bin/true\\n' > /etc/systemd/system/extra.service"),
  act("keys", "mkdir -p /home/bob/.ssh; echo 'ssh-ed25519 AAAA x' >> /home/bob/.ssh/authorized_keys"),
  act("preload", "touch /etc/ld.so.preload", "rm /etc/ld.so.preload"),
  act("docker-binary", "chmod 755 /usr/bin/docker"),
  act("runc", "chmod 755 $(readlink -f /usr/sbin/runc)"),
  act("socket-client", "curl -s --unix-socket /run/docker.sock http://localhost/_ping", "docker ps"),
  act("dockerd-tcp", "dockerd -H tcp://0.0.0.0:2375 --help >/dev/null"),
  act("dockerd-tls", "dockerd -H tcp://0.0.0.0:2376 --tlsverify --help >/dev/null"),
  act("core-pattern", 'v=$(cat /proc/sys/kernel/core_pattern); echo "$v" > /proc/sys/kernel/core_pattern'),
  act("nsenter", "nsenter -t 1 -u true", "nsenter -t $$ -u true"),
  act("audit-log", ": >> /var/log/audit/audit.log"),
  act("audit-rules-file", "echo '# x' > /etc/audit/rules.d/99-x.rules"),
  act(
    "miner",
    "cp /bin/busybox /tmp/xmrig && /tmp/xmrig -o stratum+tcp://127.0.0.1:3333 || true; rm /tmp/xmrig",
  ),
  act(
    "container-program",
    "docker run -d --name scratch --network none bb:1 sleep 60",
    "docker exec scratch wget -q -T 1 http://127.0.0.1:1/x || true",
    "docker exec scratch cp /bin/busybox /tmp/ls",
    "docker exec scratch chmod +x /tmp/ls",
    "docker exec scratch /tmp/ls /",
    "docker exec scratch ls /tmp",
    "docker rm -f scratch",
  ),
  {
    name: "login-and-change",
    run: ({ host, sshd, users }) =>
      ssh(host, sshd, {
        user: users.alice,
        from: LOCAL,
        command: "sudo sh -c 'echo {} > /etc/docker/daemon.json'",
      }),
  },
  {
    name: "brute-force",
    run: async ({ host, sshd, users: { carol } }) => {
      await Promise.all(
        Array.from({ length: 9 }, async (_, at) => {
          await sleep(at * 150);
          await ssh(host, sshd, { user: carol, from: "127.0.0.9", password: `guess${at}` });
        }),
      );
      await ssh(host, sshd, { user: carol, from: "127.0.0.9", command: "true" });
    },
  },
  {
    name: "spray",
    run: async ({ host, sshd }) => {
      for (const name of ["adm", "backup", "oracle", "postgres", "test"])
        await ssh(host, sshd, { user: { name }, from: "127.0.0.8", password: "Spring2026" });
    },
  },
  {
    name: "logins",
    run: async ({ host, sshd, users: { alice, bob } }) => {
      await ssh(host, sshd, { user: bob, from: "127.0.0.3", password: "mistyped" });
      await ssh(host, sshd, { user: bob, from: "127.0.0.3", command: "true" });
      await ssh(host, sshd, { user: alice, from: "127.0.0.2", command: "true" });
      await ssh(host, sshd, { user: alice, from: "127.0.0.66", command: "true" });
    },
  },
  act("audit-rules-cleared", "auditctl -D -k dw-preload"),
];

await using auditd = await startAuditd(host, { rules });
const stop = new AbortController();
const docker: string[] = [];
const following = (async () => {
  const source = openDockerSource({ endpoint: { socket: stage.docker.socket }, clock: { now: Date.now } });
  for await (const { bytes } of source.follow(null, stop.signal)) docker.push(bytes.toString("utf8"));
})();
await sleep(1500);
const wanted = process.argv.slice(3);
for (const { name, run } of ACTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(name);
  const before = [readFileSync(auditd.log).length, readFileSync(stage.authLog).length];
  docker.length = 0;
  await run(stage);
  await sleep(700);
  writeFileSync(
    join(directory, `${name}.json`),
    JSON.stringify({
      audit: readFileSync(auditd.log).subarray(before[0]).toString("latin1"),
      sshd: readFileSync(stage.authLog).subarray(before[1]).toString("latin1"),
      docker: docker.join(""),
    }),
  );
}
stop.abort();
await following;
