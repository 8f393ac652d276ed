import type { CommandRow } from "../command.ts";

/** Every command, in the order of the help text. A new command is one file and one line here. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: "run",
    summary: "the daemon: follows, detects, alerts",
    load: async () => (await import("./run.ts")).command,
  },
  {
    name: "replay",
    summary: "plays a recorded incident through the whole pipeline",
    load: async () => (await import("./replay.ts")).command,
  },
  {
    name: "import",
    summary: "bulk-loads audit logs, each line once",
    load: async () => (await import("./import.ts")).command,
  },
  {
    name: "export",
    summary: "the stored audit lines, byte for byte",
    load: async () => (await import("./export.ts")).command,
  },
  {
    name: "password",
    summary: "forgets the page's password, so that a new one can be set",
    load: async () => (await import("./password.ts")).command,
  },
  {
    name: "backup",
    summary: "a consistent copy of the database",
    load: async () => (await import("./backup.ts")).command,
  },
  {
    name: "parse",
    summary: "audit log (or sshd log) to JSON Lines",
    load: async () => (await import("./parse.ts")).command,
  },
  {
    name: "aureport",
    summary: "audit reports: the real tool's options and output, over a log or the database",
    load: async () => (await import("./aureport.ts")).command,
  },
  {
    name: "ausearch",
    summary: "searches audit events: ausearch's options and output",
    load: async () => (await import("./ausearch.ts")).command,
  },
  {
    name: "aulast",
    summary: "logins and logouts, as aulast lists them",
    load: async () => (await import("./aulast.ts")).command,
  },
  {
    name: "aulastlog",
    summary: "each user's last login, as aulastlog says it",
    load: async () => (await import("./aulastlog.ts")).command,
  },
  {
    name: "logins",
    summary: "SSH logins and failed attempts",
    load: async () => (await import("./logins.ts")).command,
  },
  {
    name: "events",
    summary: "Docker and sshd events with who caused them",
    load: async () => (await import("./events.ts")).command,
  },
  {
    name: "rules",
    summary: "detection rules: check, list, test, new, explain, hunt",
    load: async () => (await import("./rules.ts")).command,
  },
  {
    name: "who",
    summary: "the person behind a container, an event or an audit serial",
    load: async () => (await import("./who.ts")).command,
  },
  {
    name: "sessions",
    summary: "logins and jobs; one of them from login to logout",
    load: async () => (await import("./sessions.ts")).command,
  },
  {
    name: "audit-rules",
    summary: "the audit rules that attribution and detections need, and how much they log",
    load: async () => (await import("./audit-rules.ts")).command,
  },
  {
    name: "alerts",
    summary: "what was noticed; show, ack and resolve",
    load: async () => (await import("./alerts.ts")).command,
  },
  {
    name: "silence",
    summary: "mute alerts for a time (they are kept): add, list, expire",
    load: async () => (await import("./silence.ts")).command,
  },
  {
    name: "exception",
    summary: "keep rules from matching what is harmless: add --from-alert, list, remove",
    load: async () => (await import("./exception.ts")).command,
  },
  {
    name: "notify",
    summary: "test CHANNEL sends and names the step that failed; list",
    load: async () => (await import("./notify.ts")).command,
  },
  {
    name: "doctor",
    summary: "what works, what does not, and the command that mends it",
    load: async () => (await import("./doctor.ts")).command,
  },
];
