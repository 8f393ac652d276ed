import { openAssembler } from "../../src/events/audit/assembler.ts";
import { openDockerReader } from "../../src/events/docker/index.ts";
import { openSshdReader } from "../../src/events/sshd/reader.ts";
import type { Event } from "../../src/model/event.ts";
import { epochMs } from "../../src/model/ids.ts";
import type { LineBatch } from "../../src/model/line.ts";
import type { Attribution, Session } from "../../src/model/session.ts";
import { openAttributor } from "../../src/sessions/attributor.ts";

const UNSET = 4_294_967_295;
const START_S = 1_795_511_000;
const HEX = (name: string): string => Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64);

/** A short made-up incident, written as the logs would have it. Times are milliseconds from its beginning. */
export class Story {
  readonly #audit: string[] = [];
  readonly #docker: string[] = [];
  readonly #sshd: string[] = [];
  #serial = 100;

  /** Somebody logs in over SSH: the kernel's LOGIN, PAM's record and sshd's line. */
  login(
    atMs: number,
    ses: number,
    user: string,
    options: { readonly sshdUser?: string; readonly from?: string } = {},
  ): this {
    const { sshdUser = user, from = "10.0.0.1" } = options;
    const pid = 1000 + ses;
    const stamp = this.#stamp(atMs);
    this.#audit.push(
      `type=LOGIN msg=${stamp}: pid=${pid} uid=0 old-auid=4294967295 auid=${ses} tty=(none) old-ses=4294967295 ses=${ses} res=1`,
      `type=SYSCALL msg=${stamp}: arch=c000003e syscall=1 success=yes exit=1 a0=3 items=0 ppid=1 pid=${pid} auid=${ses} uid=0 ses=${ses} comm="sshd" exe="/usr/sbin/sshd" key=(null)`,
      `type=EOE msg=${stamp}: `,
      `type=USER_START msg=${this.#stamp(atMs + 4)}: pid=${pid} uid=0 auid=${ses} ses=${ses} msg='op=PAM:session_open acct="${user}" exe="/usr/sbin/sshd" hostname=${from} addr=${from} terminal=ssh res=success'`,
    );
    return this.accepted(atMs - 5, pid, sshdUser, from);
  }

  accepted(atMs: number, pid: number, user: string, from: string): this {
    const time = new Date(START_S * 1000 + atMs).toISOString().replace("Z", "000+00:00");
    this.#sshd.push(
      `${time} h sshd[${pid}]: Accepted publickey for ${user} from ${from} port ${pid} ssh2: ED25519 SHA256:${user}`,
    );
    return this;
  }

  sshd(atMs: number, pid: number, message: string): this {
    const time = new Date(START_S * 1000 + atMs).toISOString().replace("Z", "000+00:00");
    this.#sshd.push(`${time} h sshd[${pid}]: ${message}`);
    return this;
  }

  /** A client of the API, from its start to its end; without `command` a program that only connects. */
  client(
    fromMs: number,
    toMs: number,
    ses: number,
    pid: number,
    command: string | null,
    connects: readonly number[],
  ): this {
    const exe = command === null ? "/usr/bin/python3" : "/usr/bin/docker";
    if (command !== null) {
      const stamp = this.#stamp(fromMs);
      const words = command.split(" ");
      this.#audit.push(
        `type=SYSCALL msg=${stamp}: ${this.#syscall(59, pid, ses, exe, "dw-cli")}`,
        `type=EXECVE msg=${stamp}: argc=${words.length} ${words.map((word, at) => `a${at}="${word}"`).join(" ")}`,
        `type=EOE msg=${stamp}: `,
      );
    }
    for (const at of connects) {
      const stamp = this.#stamp(at);
      this.#audit.push(
        `type=SYSCALL msg=${stamp}: ${this.#syscall(42, pid, ses, exe, "dw-api")}`,
        `type=EOE msg=${stamp}: `,
      );
    }
    if (command !== null)
      this.#audit.push(
        `type=SYSCALL msg=${this.#stamp(toMs)}: ${this.#syscall(231, pid, ses, exe, "dw-cli-exit")}`,
      );
    return this;
  }

  /** The runtime makes a container. */
  runc(atMs: number, pid: number, container: string): this {
    const stamp = this.#stamp(atMs);
    const words = ["runc", "create", "--bundle", "/run/b", HEX(container)];
    this.#audit.push(
      `type=SYSCALL msg=${stamp}: ${this.#syscall(59, pid, UNSET, "/usr/sbin/runc", "dw-runtime")}`,
      `type=EXECVE msg=${stamp}: argc=${words.length} ${words.map((word, at) => `a${at}="${word}"`).join(" ")}`,
      `type=EOE msg=${stamp}: `,
    );
    return this;
  }

  /** One of Docker's events. @param more attributes beside the name. */
  docker(
    atMs: number,
    action: string,
    name: string,
    more: Readonly<Record<string, string>> = {},
    inspect: object | null = null,
  ): this {
    const timeNano = String(BigInt(START_S) * 1_000_000_000n + BigInt(Math.round(atMs * 1e6)));
    const event = {
      Type: "container",
      Action: action,
      Actor: { ID: HEX(name), Attributes: { name, image: "bb:1", ...more } },
      scope: "local",
      time: START_S,
    };
    const json = `${JSON.stringify(event).slice(0, -1)},"timeNano":${timeNano}}`;
    this.#docker.push(`{"event":${json},"inspect":${JSON.stringify(inspect)},"inferred":false}`);
    return this;
  }

  /** Plays it, all at once. @returns what was said last of each of Docker's events, of each session, of sshd's lines. */
  told(): { docker: Attribution[]; sessions: Session[]; sshd: (Attribution | null)[] } {
    const assembler = openAssembler();
    const bytes = Buffer.from(this.#audit.map((line) => `${line}\n`).join(""), "latin1");
    const audit = [...assembler.push(bytes, false, 0).events, ...assembler.flush().events];
    const docker = openDockerReader().push(batch("docker", this.#docker)).events;
    const sshd = openSshdReader().push(batch("sshd", this.#sshd)).events;
    const events: Event[] = [...audit, ...docker, ...sshd];
    const attributor = openAttributor({ state: [] });
    const end = START_S * 1000 + 10_000;
    const outputs = [
      attributor.push(events, epochMs(end)),
      attributor.tick(epochMs(end)),
      attributor.tick(epochMs(end + 200_000)),
    ];
    const last = new Map(outputs.flatMap(({ attributions }) => attributions).map((one) => [one.ref, one]));
    const seen = new Map(
      outputs.flatMap((output) => output.seen).map(({ event, attribution }) => [event.ref, attribution]),
    );
    return {
      docker: docker.map(({ ref }) => last.get(ref)).filter((one) => one !== undefined),
      sessions: [
        ...new Map(outputs.flatMap(({ sessions }) => sessions).map((one) => [one.id, one])).values(),
      ],
      sshd: sshd.map(({ ref }) => last.get(ref) ?? seen.get(ref) ?? null),
    };
  }

  #stamp(atMs: number): string {
    const ms = START_S * 1000 + atMs;
    return `audit(${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, "0")}:${this.#serial++})`;
  }

  #syscall(number: number, pid: number, ses: number, exe: string, key: string): string {
    return `arch=c000003e syscall=${number} success=yes exit=0 a0=3 items=1 ppid=${1000 + (ses === UNSET ? 0 : ses)} pid=${pid} auid=${ses} uid=${ses} gid=0 tty=(none) ses=${ses} comm="x" exe="${exe}" key="${key}"`;
  }
}

function batch(source: LineBatch["source"], lines: readonly string[]): LineBatch {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const position = { kind: "journal", cursor: "" } as const;
  return { source, bytes, position, backfill: false, notices: [], readMs: epochMs(START_S * 1000) };
}
