import type { SshdOutcome } from "../../model/event.ts";
import type { Parsed } from "../../model/fault.ts";
import type { EpochMs, Pid } from "../../model/ids.ts";
import { parseJournal } from "./journal.ts";
import { NOTHING_SAID, readMessage } from "./message.ts";
import { parseSyslog } from "./syslog.ts";

/** What one message claims; every part is null where the message does not have it. */
export interface SshdClaim {
  readonly outcome: SshdOutcome;
  readonly user: string | null;
  readonly address: string | null;
  readonly port: number | null;
  readonly method: string | null;
  readonly key: string | null;
  readonly childPid: Pid | null;
}

/** Where a message stood: syslog's or journald's header. */
export interface LogHead {
  readonly timeMs: EpochMs;
  readonly host: string | null;
  /** Lower case, without path and brackets: `sshd-session`, `sudo`, `cron`. */
  readonly program: string;
  readonly pid: Pid | null;
  readonly message: string;
  /** False where the journal's own word on the sender shows that it was not root's sshd. */
  readonly trusted: boolean;
}

/** One line of the sshd log. Text is the bytes read as latin1. */
export interface SshdRecord extends LogHead, SshdClaim {
  /** How often it happened: above 1 for `message repeated N times`. At most 1000. */
  readonly times: number;
  /** The line as read, without its newline. */
  readonly raw: string;
}

export interface SshdLineOptions {
  /** When the line was read: traditional syslog stamps have no year. */
  readonly readMs: EpochMs;
}

const SSHD = /^sshd(-session|-auth)?$/;
const PAM_PROGRAMS = /^(sudo|su|cron|login|systemd-logind|crond)$/;
const REPEATED = /^message repeated (\d{1,9}) times: \[ ?(.*)\]$/s;
const MOST_TIMES = 1000;

/**
 * Reads one line of auth.log, `secure`, or of `journalctl -o json`. Understands traditional syslog, RFC 3339 and
 * RFC 5424 stamps. Whatever a client chose (user names, disconnect reasons) cannot move the address or the outcome.
 */
export function parseSshdLine(line: string | Uint8Array, options: SshdLineOptions): Parsed<SshdRecord> {
  const raw = (typeof line === "string" ? line : Buffer.from(line).toString("latin1")).replace(/\r?\n$/, "");
  const head = raw.startsWith("{") ? parseJournal(raw) : parseSyslog(raw, options.readMs);
  if (!head.ok) return head;
  const repeated = REPEATED.exec(head.value.message);
  const message = repeated?.[2]?.trimEnd() ?? head.value.message;
  const times = Math.min(MOST_TIMES, Math.max(1, Number(repeated?.[1] ?? 1)));
  return { ok: true, value: { ...head.value, message, ...claimOf(head.value, message), times, raw } };
}

function claimOf(head: LogHead, message: string): SshdClaim {
  const { program } = head;
  if (SSHD.test(program)) {
    const claim = readMessage(message);
    return head.trusted ? claim : NOTHING_SAID;
  }
  if (!PAM_PROGRAMS.test(program)) return NOTHING_SAID;
  const claim = readMessage(message);
  if (claim.outcome === "session-opened" || claim.outcome === "session-closed")
    return head.trusted ? claim : NOTHING_SAID;
  const sudo = program === "sudo" ? /^ *(\S+) : (?:.*; )?TTY=/.exec(message) : null;
  return sudo === null ? NOTHING_SAID : { ...NOTHING_SAID, user: sudo[1] ?? null };
}
