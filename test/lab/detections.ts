import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ssh } from "./harness/index.ts";
import type { Stage } from "./incident.ts";

/** Something that is done on the host, and what it must raise: these rules, each at its level, and no other. */
export interface Deed {
  readonly does: string;
  /** Names of rules that raise alerts. */
  readonly raises: readonly string[];
  /** Rules without alerts of their own that must have matched: a correlation that is raised here rests on them. */
  readonly rests?: readonly string[];
  readonly run: (stage: DeedStage) => Promise<void>;
}

/** The host, with an image registry and a directory for programs that leave no trace on the machine. */
export interface DeedStage extends Stage {
  readonly registry: string;
}

/** Rules that no deed here can make match, and why. */
export const CANNOT: Readonly<Record<string, string>> = {
  kernel_module_loaded: "the lab's kernel has no loadable modules, and it is the machine's own",
};

const RELEASE_AGENT = "/sys/fs/cgroup/memory/release_agent";
const HOUSE = "127.0.0.2";
const GUESSER = "127.0.0.9";

/** Runs shell commands as root, outside any login. @throws Error where one fails. */
const shell =
  (...commands: readonly string[]): Deed["run"] =>
  async ({ host }) => {
    for (const command of commands) await host.run(["sh", "-c", command]);
  };
const deed = (raises: Deed["raises"], does: string, ...commands: readonly string[]): Deed => ({
  does,
  raises,
  run: shell(...commands),
});
/** Containers stay: taking them away again would count as a mass removal. */
const create = (rule: string, options: string, network = "none"): Deed =>
  deed([rule], `docker create ${options}`, `docker create --network ${network} ${options} bb:1 sleep 60`);
/** In the order in which they are done; nothing is on record after the last one. */
export const DEEDS: readonly Deed[] = [
  {
    does: "an ordinary login, an ordinary container and execs in it",
    raises: [],
    run: async (stage) => {
      const { host, sshd, users } = stage;
      await ssh(host, sshd, { user: users.alice, from: HOUSE, command: "docker ps" });
      await shell(
        "docker run -d --name target --network none --user 1000 bb:1 sleep 600",
        "docker exec target ls /",
      )(stage);
    },
  },

  // Containers.
  create("privileged_container", "--privileged"),
  create("docker_socket_mounted", "-v /var/run/docker.sock:/var/run/docker.sock"),
  create("sensitive_host_mount_writable", "-v /etc:/host/etc"),
  create("sensitive_host_mount_readonly", "-v /:/host:ro"),
  create("dangerous_capability", "--cap-add SYS_ADMIN"),
  create("network_capability", "--cap-add NET_ADMIN"),
  create("host_namespace", "--pid host"),
  create("host_network", "--read-only", "host"),
  create("unconfined_container", "--security-opt seccomp=unconfined"),
  create("host_device", "--device /dev/vda"),
  {
    does: "a container is given a miner's arguments",
    raises: ["miner_container"],
    run: async (stage) => {
      // From a file: who types it has the arguments too, and the lab's own programs are no shells.
      stage.host.write(
        "/run/mine.sh",
        "docker create --network none bb:1 ./m -o stratum+tcp://127.0.0.1:3333\n",
      );
      await shell("sh /run/mine.sh")(stage);
    },
  },
  deed(["shell_in_container"], "a shell in a container", "docker exec target sh -c id"),
  // The lab's kernel refuses to run it; that it was asked for is enough.
  deed(["exec_privileged"], "a privileged exec", "docker exec --privileged target id || true"),
  deed(["exec_as_root"], "an exec as root", "docker exec --user 0 target id"),
  deed(["image_made_on_host"], "an image is committed", "docker commit target made:1"),
  deed(["first_seen_image"], "its first container", "docker create --network none made:1 true"),
  {
    does: "an image is pulled from a registry that is not approved",
    raises: ["unapproved_registry"],
    run: (stage) =>
      shell(
        `docker tag bb:1 ${stage.registry}/tools/busy:1`,
        `docker push -q ${stage.registry}/tools/busy:1`,
        `docker rmi ${stage.registry}/tools/busy:1`,
        `docker pull -q ${stage.registry}/tools/busy:1`,
      )(stage),
  },
  deed(
    ["cluster_or_plugin", "swarm_command"],
    "a swarm is set up",
    "docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377",
    "docker swarm leave --force",
  ),
  deed(
    ["cluster_or_plugin"],
    "a plugin is made",
    `mkdir -p /run/plugin/rootfs && echo '{"description":"x","entrypoint":["/x"],"interface":{"socket":"x.sock","types":["docker.logdriver/1.0"]}}' >/run/plugin/config.json`,
    "docker plugin create logs:1 /run/plugin",
  ),
  {
    ...deed(
      ["crash_loop"],
      "a container crashes again and again",
      "docker create --name crashing --network none bb:1 sh -c 'exit 3'",
      "for time in 1 2 3 4 5; do docker start -a crashing || true; done",
    ),
    rests: ["container_failed"],
  },
  {
    ...deed(
      ["crash_loop"],
      "a container runs out of memory again and again",
      // The shell outlives what is killed: where it is the first program, Docker now and then tells its end only.
      "docker run --name starving --network none --memory 8m --memory-swap 8m bb:1 sh -c 'for time in 1 2 3 4 5; do busybox tail /dev/zero; sleep 0.3; done'",
    ),
    rests: ["container_out_of_memory"],
  },
  deed(
    ["crash_loop"],
    "a container's only program runs out of memory again and again",
    "docker create --name dying --network none --memory 8m --memory-swap 8m bb:1 busybox tail /dev/zero",
    "for time in 1 2 3 4 5; do docker start -a dying || true; done",
  ),
  {
    ...deed(
      ["download_and_run"],
      "a program is downloaded, made executable and run in a container",
      "docker run -d --name open --network none bb:1 sleep 600",
      "docker exec open wget -q -T 1 http://127.0.0.1:1/x || true",
      "docker exec open cp /bin/busybox /root/ls",
      "docker exec open chmod +x /root/ls",
      "docker exec open /root/ls /",
    ),
    rests: ["download_in_container", "chmod_in_container", "unusual_program_in_container"],
  },
  deed(
    ["scratch_program_in_container"],
    "a container that was there before the daemon runs a program from its /tmp",
    "docker exec early cp /bin/busybox /tmp/new",
    "docker exec early busybox mv /tmp/new /tmp/ls",
    "sleep 1",
  ),
  {
    ...deed(
      ["mass_removal"],
      "many volumes are removed",
      "for at in 0 1 2 3 4 5 6 7 8 9; do docker volume create v$at; done",
      "docker volume rm v0 v1 v2 v3 v4 v5 v6 v7 v8 v9",
    ),
    rests: ["container_removed"],
  },

  // Logins.
  {
    does: "root logs in",
    raises: ["ssh_root_login"],
    run: async ({ host, sshd, users }) => {
      await ssh(host, sshd, { user: { ...users.alice, name: "root" }, from: HOUSE, command: "true" });
    },
  },
  {
    does: "alice logs in from another address",
    raises: ["ssh_new_address"],
    run: async ({ host, sshd, users }) => {
      await ssh(host, sshd, { user: users.alice, from: "127.0.0.66", command: "true" });
    },
  },
  {
    does: "passwords are guessed until one fits",
    raises: ["ssh_brute_force", "ssh_brute_force_succeeded"],
    rests: ["ssh_login_failed", "ssh_login_succeeded"],
    run: async ({ host, sshd, users: { carol } }) => {
      await Promise.all(
        Array.from({ length: 8 }, (_, at) =>
          ssh(host, sshd, { user: carol, from: GUESSER, password: `guess${at}` }),
        ),
      );
      await ssh(host, sshd, { user: carol, from: GUESSER, password: carol.password, command: "true" });
    },
  },
  {
    does: "one password is tried on many names",
    raises: ["ssh_spray"],
    run: async ({ host, sshd }) => {
      await Promise.all(
        ["adm", "backup", "oracle", "postgres", "test"].map((name) =>
          ssh(host, sshd, { user: { name }, from: "127.0.0.8", password: "Spring2026" }),
        ),
      );
    },
  },
  {
    does: "alice logs in and changes Docker's configuration",
    raises: ["docker_configuration_changed", "login_and_escape"],
    rests: ["ssh_session_started", "risky_docker_act"],
    run: async ({ host, sshd, users: { alice } }) => {
      const command = "sudo sh -c 'echo {} >/etc/docker/daemon.json'";
      await ssh(host, sshd, { user: alice, from: HOUSE, command });
    },
  },

  // The host.
  deed(["docker_group_changed"], "erin becomes a member of docker", "gpasswd -a erin docker"),
  deed(
    ["docker_socket_client"],
    "curl asks the engine",
    "curl -s --unix-socket /run/docker.sock http://localhost/_ping",
  ),
  deed(
    ["dockerd_without_tls"],
    "dockerd is told to listen on TCP",
    "dockerd -H tcp://127.0.0.1:2375 --help >/dev/null",
  ),
  // To the mode that it has: nothing changes.
  deed(["docker_binary_changed"], "docker is changed", "chmod 755 /usr/bin/docker"),
  deed(["runc_overwritten"], "runc is changed", "chmod 755 $(readlink -f /usr/sbin/runc)"),
  deed(
    ["kernel_escape_file"],
    "core_pattern is written (what it holds), after memory was short",
    "for time in 1 2 3; do echo 2 >/proc/sys/vm/drop_caches; done",
    'held=$(cat /proc/sys/kernel/core_pattern); echo "$held" >/proc/sys/kernel/core_pattern',
  ),
  deed(
    // Only cgroup v1 has one. Opened for writing and left as it is.
    existsSync(RELEASE_AGENT) ? ["kernel_escape_file"] : [],
    "a release_agent is written, where there is one",
    `if [ -e ${RELEASE_AGENT} ]; then tee -a ${RELEASE_AGENT} </dev/null; fi`,
  ),
  deed(["nsenter_host"], "nsenter enters process 1", "nsenter -t 1 -u true || true"),
  deed(
    ["miner_run"],
    "a program of a miner's name is run",
    "cp /bin/busybox /run/xmrig && /run/xmrig -o 127.0.0.1:3333 || true",
  ),
  deed(["sudoers_changed"], "sudo's rules", "echo 'bob ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/extra"),
  deed(["cron_changed"], "a cron job", "echo '* * * * * root true' >/etc/cron.d/extra"),
  deed(
    ["unit_changed"],
    "a unit",
    "printf '[Service]\\nExecStart=/bin/true\\n' >/etc/systemd/system/extra.service",
  ),
  deed(["authorized_keys_changed"], "a key", "echo 'ssh-ed25519 AAAA x' >>/home/bob/.ssh/authorized_keys"),
  deed(["ld_preload_changed"], "ld.so.preload", "touch /etc/ld.so.preload"),
  deed(
    ["audit_configuration_changed"],
    "the audit configuration",
    "echo '# x' >/etc/audit/rules.d/99-x.rules",
  ),
  deed(["audit_log_changed"], "the audit log", ": >>/var/log/audit/audit.log"),
  deed(["audit_trail_tampered"], "an audit rule is removed", "auditctl -D -k dw-preload"),
];

/** A container for the time before the daemon: it runs `/tmp/ls` once it is there. */
export const EARLY =
  "docker run -d --name early --network none bb:1 sh -c 'while ! [ -x /tmp/ls ]; do sleep 0.2; done; /tmp/ls /; sleep 600'";

/** Between two deeds: the kernel's audit clock goes in steps of 4 ms and is up to 4 ms late. */
export const pause = (): Promise<void> => sleep(60);
