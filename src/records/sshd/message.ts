import type { SshdOutcome } from "../../model/event.ts";
import { pid } from "../../model/ids.ts";
import type { SshdClaim } from "./record.ts";

/** A message that we keep but draw nothing from. */
export const NOTHING_SAID: SshdClaim = {
  outcome: "other",
  user: null,
  address: null,
  port: null,
  method: null,
  key: null,
  childPid: null,
};

type Groups = Readonly<Record<string, string | undefined>>;
interface Shape {
  readonly pattern: RegExp;
  readonly outcome: SshdOutcome;
}

/*
 * sshd prints user names as the client sent them (control characters escaped, at most 100 bytes), so a name may
 * itself read "root from 1.2.3.4 port 22 ssh2". Where only the name is hostile the address is the last one: `user` is
 * greedy and the pattern is anchored at the end. Where a hostile text comes last (a disconnect's reason) the address is
 * the first one after fixed words.
 * Texts: auth.c (auth_log, auth_maxtries_exceeded), packet.c (sshpkt_vfatal, sshpkt_disconnect), monitor.c, session.c,
 * auth2-pubkey.c, sshd.c and sshd-session.c of OpenSSH 7.0 to 10.0.
 */
const USER = "(?<user>.*)";
const WITH_PORT = "(?<address>\\S+) port (?<port>\\d{1,5})";
/** Before 7.5 some messages had no port: then the last word, if it looks like an address or a host's name. */
const WITHOUT_PORT = "(?<address>[\\w.:%-]*[.:][\\w.:%-]*)";

/** FROM and PEER stand for an address, PEER with the user that sshd may put before it. */
function shapes(outcome: SshdOutcome, text: string): readonly Shape[] {
  return [WITH_PORT, WITHOUT_PORT].map((from) => ({
    outcome,
    pattern: new RegExp(
      `^${text
        .replace("PEER", `(?:(?:authenticating|invalid) user ${USER} |user (?<known>.*) )?FROM`)
        .replace("USER", USER)
        .replace("FROM", from)}$`,
      "s",
    ),
  }));
}

const SHAPES: readonly Shape[] = [
  ...shapes("connection", "Connection from FROM(?: on .*)?"),
  ...shapes(
    "max-attempts",
    "(?:error: )?maximum authentication attempts exceeded for (?:invalid user )?USER from FROM ssh2",
  ),
  ...shapes("invalid-user", "(?:Invalid|Illegal) user USER from FROM"),
  {
    pattern: /^(?:Accepted key|Found matching) \S+ (?:key: )?(?<key>(?:SHA256|MD5):\S+)(?: found at .*)?$/s,
    outcome: "key-found",
  },
  { pattern: /^Accepted certificate ID .* CA (?<key>SHA256:\S+) via .*$/s, outcome: "key-found" },
  ...shapes("closed", "Connection closed by PEER"),
  ...shapes("reset", "Connection reset by PEER"),
  {
    pattern: /^(?:error: )?Received disconnect from (?<address>\S+?)(?: port (?<port>\d{1,5}))?: ?\d+:.*$/s,
    outcome: "disconnected",
  },
  ...shapes("disconnected", "Disconnected from PEER"),
  ...shapes("max-attempts", "Disconnecting PEER: Too many authentication failures"),
  {
    pattern: /^Disconnecting: Too many authentication failures(?: for (?:invalid user )?(?<user>.*))?$/s,
    outcome: "max-attempts",
  },
  {
    pattern: /^Disconnecting authenticating user (?<user>\S+) (?<address>\S+) port (?<port>\d{1,5}): /s,
    outcome: "disconnected",
  },
  { pattern: /^Disconnecting(?<reason>.*)$/s, outcome: "disconnected" },
  {
    pattern:
      /^pam_unix\([^()]*:session\): session opened for user (?<user>.*?)(?:\(uid=\d+\))? by (?:.*)\(uid=\d+\)$/s,
    outcome: "session-opened",
  },
  {
    pattern: /^pam_unix\([^()]*:session\): session closed for user (?<user>.*)$/s,
    outcome: "session-closed",
  },
  { pattern: /^User child is on pid (?<child>\d{1,10})$/, outcome: "child-pid" },
  ...shapes("other", "Starting session: .* for (?<known>\\S+) from FROM id \\d+"),
  ...shapes("other", "Close session: user USER from FROM id \\d+"),
  { pattern: /^User (?<user>.*) from (?<address>\S+) not allowed because .*$/s, outcome: "other" },
  {
    pattern:
      /^pam_unix\(sshd:auth\): authentication failure; .* rhost=(?<address>\S+)(?: {2}user=(?<user>.*))?$/s,
    outcome: "other",
  },
  ...shapes(
    "closed",
    "(?:error: |fatal: )?Timeout before authentication for (?:connection from )?FROM(?: to .*)?",
  ),
  ...shapes("closed", "(?:error: )?Did not receive identification string from FROM"),
  ...shapes(
    "closed",
    "(?:fatal: |error: )?(?:Unable to negotiate with|ssh_dispatch_run_fatal: Connection from|banner exchange: Connection from|Read error from remote host) FROM:.*",
  ),
  ...shapes("closed", "Bad protocol version identification .* from FROM"),
];

/** sshd cuts its messages at 1 KiB (MSGBUFSIZ), escapes included; what is longer is not sshd's, and patterns take squared time on it. */
const LONGEST = 4096;

/** Reads the text after `sshd[123]: `. */
export function readMessage(text: string): SshdClaim {
  if (text.length > LONGEST) return NOTHING_SAID;
  const message = text.endsWith(" [preauth]") ? text.slice(0, -10) : text;
  if (/^(Accepted|Failed|Postponed|Partial) \S+ for /.test(message)) {
    const claim = readDecision(message);
    if (claim !== null) return claim;
  }
  for (const { pattern, outcome } of SHAPES) {
    const found: Groups | undefined = pattern.exec(message)?.groups;
    if (found === undefined) continue;
    return {
      ...NOTHING_SAID,
      outcome,
      user: found["user"] ?? found["known"] ?? null,
      address: addressOf(found["address"]),
      port: portOf(found["port"], found["address"]),
      key: found["key"] ?? null,
      childPid: found["child"] === undefined ? null : pidOf(found["child"]),
    };
  }
  return NOTHING_SAID;
}

const DECISION =
  /^(?<verdict>Accepted|Failed|Postponed|Partial) (?<method>\S+) for (?<invalid>invalid user |illegal user )?/;
const PEER_AT = / from (\S+) port (\d{1,5}) ssh2(?=$|: )/g;
/** What may follow `ssh2`: a key, a certificate, a hostbased client, a Kerberos principal. */
const KEY_INFO = /^: \S+ (?<key>(?:SHA256|MD5):\S+)/;

/**
 * `Accepted METHOD for USER from ADDRESS port PORT ssh2[: INFO]`. INFO is sshd's own text except for hostbased, where
 * the client names itself in it: there the first address counts, elsewhere the last.
 */
function readDecision(message: string): SshdClaim | null {
  const start = DECISION.exec(message);
  const { verdict, method } = start?.groups ?? {};
  if (start === null || verdict === undefined || method === undefined) return null;
  const rest = message.slice(start[0].length);
  const places = [...` ${rest}`.matchAll(PEER_AT)];
  const place = method.startsWith("hostbased") ? places[0] : places.at(-1);
  if (place === undefined) return null;
  const [whole, address, port] = place;
  const info = ` ${rest}`.slice(place.index + whole.length);
  return {
    ...NOTHING_SAID,
    outcome: verdict === "Accepted" ? "accepted" : verdict === "Failed" ? "failed" : "other",
    user: place.index === 0 ? "" : ` ${rest}`.slice(1, place.index),
    address: addressOf(address),
    port: portOf(port, address),
    method,
    key: KEY_INFO.exec(info)?.groups?.["key"] ?? null,
  };
}

/** sshd prints `UNKNOWN port 65535` when the peer had gone before it could be asked. */
function addressOf(text: string | undefined): string | null {
  return text === undefined || text === "UNKNOWN" ? null : text;
}

function portOf(text: string | undefined, address: string | undefined): number | null {
  const port = Number(text);
  return text === undefined || address === "UNKNOWN" || port > 65_535 ? null : port;
}

function pidOf(text: string) {
  const value = Number(text);
  return value > 4_294_967_295 ? null : pid(value);
}
