import { setTimeout as sleep } from "node:timers/promises";
import {
  type LabHost,
  makeUsers,
  type Ran,
  type Sshd,
  ssh,
  startDockerd,
  startRsyslog,
  startSshd,
  type User,
} from "./harness/index.ts";

/** The host that the incident happens on: its people and its doors. */
export interface Stage {
  readonly host: LabHost;
  readonly sshd: Sshd;
  readonly users: Readonly<Record<"alice" | "bob" | "carol", User>>;
}

/** One thing that somebody does. */
export interface Act {
  readonly does: string;
  readonly run: (stage: Stage) => Promise<unknown>;
}

/** Where the attack comes from. */
export const ATTACKER = "127.0.0.9";
/** How many passwords are tried. */
export const GUESSES = 9;

/** Opens the host's doors: syslog, Docker, sshd; makes alice and bob, who work there, and carol, whose account is attacked. */
export async function openStage(
  host: LabHost,
): Promise<Stage & AsyncDisposable & { docker: Awaited<ReturnType<typeof startDockerd>>; authLog: string }> {
  await using stack = new AsyncDisposableStack();
  // Before syslog: that these users were made is no part of the story.
  const users = await makeUsers(host, {
    alice: { groups: ["docker"], sudo: true },
    bob: { groups: ["docker"] },
    carol: { groups: ["docker"], sudo: true },
  });
  const { authLog } = stack.use(await startRsyslog(host));
  const docker = stack.use(await startDockerd(host));
  const sshd = stack.use(await startSshd(host));
  const owned = stack.move();
  return { host, sshd, users, docker, authLog, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const mustWork = async (ran: Promise<Ran>): Promise<void> => {
  const { code, stdout, stderr } = await ran;
  if (code !== 0) throw new Error(`exit ${code}\n${stdout}${stderr}`);
};
const carols = ({ host, sshd, users }: Stage, command: string) =>
  ssh(host, sshd, { user: users.carol, from: ATTACKER, command });

/** What alice and bob do on an ordinary day. Nothing of it deserves an alert at medium or above. */
export const ORDINARY: readonly Act[] = [
  {
    does: "alice starts a web server and looks at it",
    run: ({ host, sshd, users }) =>
      mustWork(
        ssh(host, sshd, {
          user: users.alice,
          from: "127.0.0.2",
          command:
            "docker run -d --name web1 --network none --read-only --cap-drop ALL bb:1 sleep 3600 && docker ps && docker logs web1",
        }),
      ),
  },
  {
    does: "bob mistypes his password, then logs in with it, runs a job and cleans up",
    run: async ({ host, sshd, users: { bob } }) => {
      await ssh(host, sshd, { user: bob, from: "127.0.0.3", password: "not this one" });
      await mustWork(
        ssh(host, sshd, {
          user: bob,
          from: "127.0.0.3",
          password: bob.password,
          command: "docker run --rm --network none bb:1 ls /etc && docker images -q",
        }),
      );
    },
  },
  {
    does: "alice restarts the web server with sudo",
    run: ({ host, sshd, users }) =>
      mustWork(
        ssh(host, sshd, { user: users.alice, from: "127.0.0.2", command: "sudo docker restart -t 0 web1" }),
      ),
  },
];

/** What whoever has carol's key does, in order. */
export const ATTACK: readonly Act[] = [
  {
    does: `${GUESSES} passwords are tried on carol from ${ATTACKER}`,
    run: ({ host, sshd, users }) =>
      Promise.all(
        Array.from({ length: GUESSES }, async (_, guess) => {
          await sleep(guess * 100);
          await ssh(host, sshd, { user: users.carol, from: ATTACKER, password: `guess${guess}` });
        }),
      ),
  },
  { does: "a login with carol's key from the same address", run: (stage) => mustWork(carols(stage, "id")) },
  {
    does: "a container that mounts the Docker socket",
    run: (stage) =>
      mustWork(
        carols(
          stage,
          "docker run -d --name tools --network none -v /run/docker.sock:/var/run/docker.sock bb:1 sleep 3600",
        ),
      ),
  },
  {
    does: "a shell in it",
    run: ({ host, sshd, users }) =>
      mustWork(
        ssh(host, sshd, {
          user: users.carol,
          from: ATTACKER,
          tty: true,
          command: "docker exec -it tools sh",
          input: "id\nls -l /var/run/docker.sock\nexit\n",
        }),
      ),
  },
  {
    does: "daemon.json is edited",
    run: (stage) =>
      mustWork(carols(stage, `sudo sh -c 'echo "{\\"debug\\": true}" > /etc/docker/daemon.json'`)),
  },
  {
    does: "a privileged container is created",
    run: (stage) => carols(stage, "docker run -d --name root1 --network none --privileged bb:1 sleep 3600"),
  },
];

/** The end of it: nothing is on record after this. */
export const COVER_UP: Act = {
  does: "the audit rules are cleared",
  run: (stage) => mustWork(carols(stage, "sudo auditctl -D")),
};
