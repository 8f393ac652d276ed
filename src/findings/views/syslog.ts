import type { SshdEvent } from "../../model/event.ts";
import { type About, groupOf, type Subject, tableReader } from "./common.ts";
import { viewKind } from "./view.ts";

/** A line of the sshd log, or of another program in the same file. */
export interface SyslogSubject extends Subject {
  readonly line: SshdEvent;
  /** The user never logged in from this address, though from others. */
  readonly isNewAddress: boolean;
}

const text = (value: string | number | null): string | undefined =>
  value === null ? undefined : String(value);

const FIELDS: Readonly<Record<string, (subject: SyslogSubject) => string | undefined>> = {
  outcome: ({ line }) => line.outcome,
  user: ({ line }) => text(line.user),
  address: ({ line }) => text(line.address),
  port: ({ line }) => text(line.port),
  method: ({ line }) => text(line.method),
  key: ({ line }) => text(line.key),
  program: ({ line }) => line.program,
  host: ({ line }) => text(line.host),
  pid: ({ line }) => text(line.pid),
  message: ({ line }) => line.message,
  "FirstSeen.Address": ({ isNewAddress }) => String(isNewAddress),
};

/** `product: linux` with `service: sshd`, `auth`, `syslog`, `sudo`, `cron` and other programs. */
export const SYSLOG = viewKind<SyslogSubject>({
  name: "syslog",
  isBytes: true,
  reader: tableReader(FIELDS),
  keywords: ({ line }) => line.message,
});

/** Programs whose service has another name in Sigma. */
const SERVICES: Readonly<Record<string, string>> = {
  "sshd-session": "sshd",
  "sshd-auth": "sshd",
  crond: "cron",
  anacron: "cron",
  clamd: "clamav",
  freshclam: "clamav",
  guacd: "guacamole",
};

/** The channels that a line is looked at in: its program's service, and the files that such lines stand in. */
export function syslogChannels(program: string): readonly string[] {
  const service = (Object.hasOwn(SERVICES, program) ? SERVICES[program] : undefined) ?? program;
  return [`syslog/${service}`, "syslog/auth", "syslog/syslog"];
}

export function aboutSyslog({ line }: SyslogSubject): About {
  return {
    group: groupOf({
      user: line.user,
      address: line.address,
      program: line.address === null ? line.program : null,
    }),
    object: line.user === null ? null : `user ${line.user}`,
  };
}
