import { setTimeout as sleep } from "node:timers/promises";
import { type LabHost, type Sshd, ssh, type User } from "../harness/index.ts";

/** One login as the driver made it, and what it learnt inside: `who` must say the same. */
export interface TrueSession {
  readonly n: number;
  readonly user: string;
  readonly from: string;
  readonly key: string | null;
  ses: number | null;
  port: number | null;
}

/** One thing that the driver had somebody do. */
export interface TrueOperation {
  readonly op: string;
  readonly command: string;
  /** `cli`, `sudo`, `curl`, `node`, `script`, `compose`, `container`, `cron`, `daemon`. */
  readonly way: string;
  session: number | null;
  /** Several that were let loose at once. */
  readonly together: string | null;
}

/** An operation with the shell text that does it. */
export interface Step {
  readonly operation: TrueOperation;
  readonly text: string;
  /** Operations that go on inside this one. */
  readonly also?: readonly TrueOperation[];
}

export interface DriverParts {
  readonly host: LabHost;
  readonly sshd: Sshd;
}

/** Tells the session's own numbers: address and port, the kernel's session. */
const TELL = 'echo "@S $SSH_CONNECTION $(cat /proc/self/sessionid)"; ';
const OPS = "/run/ops";

/** Has people do things over SSH, and keeps the truth of it. */
export class Driver {
  readonly sessions: TrueSession[] = [];
  readonly operations: TrueOperation[] = [];
  readonly failures: string[] = [];
  readonly #host: LabHost;
  readonly #sshd: Sshd;

  constructor(parts: DriverParts) {
    this.#host = parts.host;
    this.#sshd = parts.sshd;
  }

  /** The client gets the operation's marker by its environment (or a file), where no log sees it. */
  step(way: string, command: string, together: string | null = null): Step {
    const op = `op${String(this.operations.length + 1).padStart(4, "0")}`;
    const operation: TrueOperation = { op, command, way, session: null, together };
    this.operations.push(operation);
    const environment = `DOCKER_CUSTOM_HEADERS=X-Op=${op}`;
    switch (way) {
      case "curl":
        this.#host.write(`${OPS}/${op}.curl`, `header = "X-Op: ${op}"\n`);
        return { operation, text: command.replace("curl", `curl -s -o /dev/null -K ${OPS}/${op}.curl`) };
      case "compose":
        // docker-py reads its headers from there.
        this.#host.write(`${OPS}/${op}/config.json`, JSON.stringify({ HttpHeaders: { "X-Op": op } }));
        return { operation, text: `DOCKER_CONFIG=${OPS}/${op} ${command}` };
      case "node":
        return { operation, text: `OP=${op} ${command}` };
      case "container":
        this.#host.write(`${OPS}/${op}.env`, `${environment}\nDOCKER_HOST=unix:///run/docker.sock\n`);
        return { operation, text: command.replace("ENV", `${OPS}/${op}.env`) };
      case "script":
        this.#host.write(`${OPS}/${op}.sh`, `#!/bin/sh\nexport ${environment}\n${command}\n`, 0o755);
        return { operation, text: `sh ${OPS}/${op}.sh` };
      default:
        return { operation, text: `${environment} ${command}` };
    }
  }

  /** A file that steps use. */
  write(path: string, text: string): void {
    this.#host.write(path, text);
  }

  /** Logs in and does the steps, one after the other. */
  async login(
    user: User,
    from: string,
    steps: readonly Step[],
    options: { readonly password?: boolean; readonly before?: string; readonly after?: string } = {},
  ): Promise<void> {
    const session: TrueSession = {
      n: this.sessions.length + 1,
      user: user.name,
      from,
      key: options.password === true ? null : user.fingerprint,
      ses: null,
      port: null,
    };
    this.sessions.push(session);
    for (const { operation, also = [] } of steps)
      for (const one of [operation, ...also]) one.session = session.n;
    const text = steps.map((step) => step.text).join("; ");
    const command = `${TELL}${options.before ?? ""}${text}${options.after ?? ""}`;
    const password = options.password === true ? { password: user.password } : {};
    const ran = await ssh(this.#host, this.#sshd, { user, from, command, ...password });
    const told = /@S \S+ (\d+) \S+ \d+ (\d+)/.exec(ran.stdout);
    session.port = told === null ? null : Number(told[1]);
    session.ses = told === null ? null : Number(told[2]);
    if (ran.code !== 0) this.failures.push(`${user.name}: ${text}: exit ${ran.code} ${ran.stderr.trim()}`);
  }

  /** Has several log in and do the same thing at one moment. */
  async together(
    who: readonly (readonly [user: User, from: string])[],
    label: string,
    command: string,
  ): Promise<void> {
    // Everybody is logged in by then, and spins to the moment: a sleep would wake them one after the other.
    const startNs = BigInt(Date.now() + 3500) * 1_000_000n;
    const before = `while [ $(date +%s%N) -lt ${startNs} ]; do :; done; `;
    await Promise.all(
      who.map(([user, from]) => this.login(user, from, [this.step("cli", command, label)], { before })),
    );
  }

  /** A job without any login: what a unit or an init script starts. */
  async daemon(command: string): Promise<void> {
    const { text } = this.step("daemon", command);
    await this.#host.run(["setsid", "sh", "-c", text], { check: false });
  }

  /** A job of cron's; waits for the minute to turn. */
  async cron(user: User, command: string): Promise<void> {
    const { operation } = this.step("cron", command);
    await using _cron = this.#host.start(["cron", "-f"]);
    await this.#host.run(["crontab", "-u", user.name, "-"], {
      input: `DOCKER_CUSTOM_HEADERS=X-Op=${operation.op}\nPATH=/usr/local/bin:/usr/bin:/bin\n* * * * * ${command}; crontab -r\n`,
    });
    const turnMs = 60_000 - (Date.now() % 60_000);
    await sleep(turnMs + 4000);
  }
}
