import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { userInfo } from "node:os";
import { epochMs } from "../model/ids.ts";
import type { LineBatch, Position, SourceNotice } from "../model/line.ts";
import type { Clock, Source } from "../ports/source.ts";
import { errnoOf, wordsOf } from "./errno.ts";
import { openLineCutter } from "./file/cutter.ts";
import { openHealth } from "./health.ts";
import { backoffMs, pause } from "./pause.ts";

/** What the journal source needs. */
export interface JournalParts {
  readonly clock: Clock;
  /** By default `journalctl` on the PATH. */
  readonly program?: string;
  /** More arguments, for example `--directory=…`. */
  readonly args?: readonly string[];
}

/**
 * The lines that auth.log would hold. sshd's units alone are not enough: pam_systemd moves a session's process into a scope of
 * its own before it logs the end of the session. `_UID` and `_COMM` come from the kernel, so no user can write as sshd.
 */
const MATCHES = [
  "_SYSTEMD_UNIT=ssh.service",
  "_SYSTEMD_UNIT=sshd.service",
  ...["sshd", "sshd-session", "sshd-auth"].map((name) => `SYSLOG_IDENTIFIER=${name} _UID=0`),
  ...["sudo", "su", "cron"].map((name) => `_COMM=${name}`),
];

/**
 * Follows sshd's (and sudo's, su's and cron's) lines in systemd's journal, each as the JSON object that journalctl prints. A first
 * start gives this boot's lines as backfill. The child process is started again, behind the last line given, whenever it ends.
 */
export function openJournalSource({ clock, program = "journalctl", args = [] }: JournalParts): Source {
  const health = openHealth("sshd", clock);

  async function* read(
    child: ChildProcess,
    startMs: number,
    told: SourceNotice[],
  ): AsyncGenerator<LineBatch> {
    const cutter = openLineCutter();
    for await (const chunk of child.stdout ?? []) {
      cutter.add(chunk as Buffer);
      for (let cut = cutter.take(); cut !== null; cut = cutter.take())
        for (const piece of piecesOf(cut.bytes, startMs)) {
          health.up("following the journal");
          health.count(piece.lines, piece.bytes.length);
          const { cursor, bytes, backfill } = piece;
          yield {
            source: "sshd",
            bytes,
            position: { kind: "journal", cursor },
            backfill,
            notices: told.splice(0),
            readMs: epochMs(clock.now()),
          };
        }
    }
  }

  async function* follow(from: Position | null, signal: AbortSignal): AsyncGenerator<LineBatch> {
    let cursor = from?.kind === "journal" ? from.cursor : null;
    // What stands in the journal at a first start is backfill, also when reading it takes several children.
    const startMs = cursor === null ? clock.now() : 0;
    const told: SourceNotice[] = [];
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const place = cursor === null ? ["--boot"] : [`--after-cursor=${cursor}`];
      const matches = MATCHES.flatMap((match, i) =>
        i === 0 ? match.split(" ") : ["+", ...match.split(" ")],
      );
      const flags = ["--output=json", "--all", "--follow", "--no-tail", "--no-pager", ...place, ...args];
      const child = spawn(program, [...flags, ...matches], { stdio: ["ignore", "pipe", "pipe"] });
      const stop = (): void => void child.kill();
      signal.addEventListener("abort", stop, { once: true });
      let words = "";
      child.stderr.on("data", (chunk: Buffer) => (words = `${words}${chunk.toString("utf8")}`.slice(-2000)));
      const ended = endOf(child, () => health.up("following the journal"));
      try {
        for await (const batch of read(child, startMs, told)) {
          attempt = 0;
          if (batch.position.kind === "journal") cursor = batch.position.cursor;
          yield batch;
        }
      } finally {
        signal.removeEventListener("abort", stop);
        child.kill();
      }
      const reason = await ended;
      if (signal.aborted) return;
      const { detail, mend } = troubleOf(reason, words, program);
      health.down(detail, mend);
      await pause(backoffMs(attempt), signal);
    }
  }

  return { name: "sshd", follow, health: () => health.current() };
}

/** Why the child ended: its error where it could not be started, else its exit code or signal. */
async function endOf(child: ChildProcess, spawned: () => void): Promise<unknown> {
  child.once("spawn", spawned);
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    return `exit code ${code ?? signal ?? "?"}`;
  } catch (error) {
    return error;
  }
}

interface Piece {
  readonly bytes: Buffer;
  readonly lines: number;
  readonly cursor: string;
  readonly backfill: boolean;
}

/** Splits whole lines where backfill ends; each piece's cursor is that of its last line. A line without a cursor goes with the one before it. */
function piecesOf(bytes: Buffer, startMs: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let begin = 0;
  let lines = 0;
  let cursor = "";
  let backfill = false;
  const close = (end: number): void => {
    if (end > begin) pieces.push({ bytes: bytes.subarray(begin, end), lines, cursor, backfill });
    begin = end;
    lines = 0;
  };
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at) + 1 || bytes.length;
    const text = bytes.toString("latin1", at, end);
    const stamp = /"__REALTIME_TIMESTAMP"\s*:\s*"(\d{1,17})"/.exec(text)?.[1];
    const past = stamp !== undefined && Number(stamp) / 1000 < startMs;
    if (lines > 0 && past !== backfill) close(at);
    backfill = past;
    cursor = /"__CURSOR"\s*:\s*"([^"\\]+)"/.exec(text)?.[1] ?? cursor;
    lines += 1;
    at = end;
  }
  close(bytes.length);
  return pieces;
}

function troubleOf(reason: unknown, words: string, program: string): { detail: string; mend: string | null } {
  if (errnoOf(reason) === "ENOENT")
    return {
      detail: `${program} is missing`,
      mend: "apt-get install rsyslog && systemctl enable --now rsyslog",
    };
  const said = words.trim().split("\n").at(-1) ?? "";
  if (/permission/i.test(words))
    return { detail: said, mend: `usermod -aG systemd-journal ${userInfo().username}` };
  return {
    detail: `${program} ended: ${said === "" ? wordsOf(reason) : said}`,
    mend: "systemctl status systemd-journald",
  };
}
