/**
 * What of an audit event is kept as a column, beside its verbatim lines. Every column but `kind`, `records` and `shape` is the
 * first usable value of its fields in the order of the event's lines, so that lines which come late only fill gaps.
 * The order is the stored format: append only.
 */
export const AUDIT_COLUMNS = [
  /** Milliseconds since 1970. */
  "time",
  "serial",
  /** Offset and length of the event's first run of lines in the audit stream; further runs are parts. */
  "at",
  "size",
  /** How many lines it has. */
  "records",
  "backfill",
  "node",
  /** The stamp's time as the log has it, where it is not the usual SECONDS.MMM; else absent. */
  "stamp",
  /** The record types in the order of their first line, by single spaces: `SYSCALL CWD PATH`. */
  "kind",
  "arch",
  "syscall",
  /** 1 or 0: `success`, else `res`. */
  "success",
  "exit",
  "auid",
  "uid",
  "euid",
  "gid",
  "egid",
  "ses",
  "pid",
  "ppid",
  "comm",
  "exe",
  /** Several keys are joined by byte 1. */
  "key",
  "acct",
  /** `hostname`, else `addr`. */
  "host",
  /** `terminal`, else `tty`. */
  "terminal",
  "cwd",
  /** The address of a SOCKADDR record, as hex. */
  "saddr",
  /** One of {@link SHAPE}. */
  "shape",
] as const;
export type AuditColumn = (typeof AUDIT_COLUMNS)[number];

/** Columns whose numbers name a text of the dictionary; 0 is absent. */
export const TEXT_COLUMNS = [
  "node",
  "stamp",
  "kind",
  "comm",
  "exe",
  "key",
  "acct",
  "host",
  "terminal",
  "cwd",
  "saddr",
] as const satisfies readonly AuditColumn[];
export type TextColumn = (typeof TEXT_COLUMNS)[number];

/**
 * How an event's lines are written, where that is the usual way to the letter: then its columns say all that audit's own
 * tools read of it, and a report needs no lines. Absent elsewhere, and where lines came late.
 */
export const SHAPE = {
  /** A system call, with its directory, address and paths. */
  call: 1,
  /** The same, but its PATH records end in `nametype`, as those of old kernels. */
  oldCall: 2,
  /** A program's record with `hostname` and `addr`, both `?` where the column is absent. */
  message: 3,
  /** A program's record without these. */
  hostlessMessage: 4,
  /** The kernel's LOGIN record alone. */
  login: 5,
  /** As `call`, but a PATH record without a name has the empty one, not `(null)`. */
  blankCall: 6,
  /** The kernel's LOGIN record, then a call with the same ids, which audit's tools take for two events. */
  loginCall: 7,
} as const;

/** True for the shapes of one system call. */
export const isCallShape = (shape: number): boolean =>
  shape === SHAPE.call || shape === SHAPE.oldCall || shape === SHAPE.blankCall;

/** The PATH records of the events: index of the event in its chunk, `item`, text of `name`, {@link PATH_ROLES} index. */
export const PATH_COLUMNS = ["event", "item", "name", "role"] as const;
/** How many of these are a record's own: all but the event. */
export const PATH_VALUES = PATH_COLUMNS.length - 1;
/** Further runs of lines of events that others are interleaved with. */
export const PART_COLUMNS = ["event", "at", "size"] as const;

/** `nametype` of a PATH record; 0 is none or another. */
export const PATH_ROLES: readonly string[] = ["", "NORMAL", "PARENT", "CREATE", "DELETE", "UNKNOWN"];

/** A number column's value where the event has none. No kernel value is this. */
export const ABSENT = Number.MIN_SAFE_INTEGER;

/** Which fields feed a column (of any record but PATH). */
export const FIELD_COLUMNS: Readonly<Record<string, AuditColumn>> = {
  arch: "arch",
  syscall: "syscall",
  success: "success",
  res: "success",
  exit: "exit",
  auid: "auid",
  uid: "uid",
  euid: "euid",
  gid: "gid",
  egid: "egid",
  ses: "ses",
  pid: "pid",
  ppid: "ppid",
  comm: "comm",
  exe: "exe",
  key: "key",
  acct: "acct",
  hostname: "host",
  addr: "host",
  terminal: "terminal",
  tty: "terminal",
  cwd: "cwd",
  saddr: "saddr",
};

/** Texts that stand for nothing. */
export const isNothing = (text: string): boolean => text === "" || text === "?" || text === "(null)";

/** Record types that no column is read from: their fields tell of arguments, not of the event. */
export const COLUMNLESS_TYPES: ReadonlySet<string> = new Set([
  "EOE",
  "EXECVE",
  "PROCTITLE",
  "BPRM_FCAPS",
  "FD_PAIR",
  "IPC",
  "MMAP",
  "KERN_MODULE",
]);
