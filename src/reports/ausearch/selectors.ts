import type { EscapeMode } from "../../query/escape.ts";

/** How events are printed. `json` is ours. */
export type SearchFormat = "raw" | "default" | "interpret" | "csv" | "text" | "json";

/** A machine that was named on the command line. */
export interface GivenMachine {
  /** As `machineOf` gives it. */
  readonly name: string;
  /** True for its arch field. */
  readonly isOf: (arch: number) => boolean;
}

/**
 * What `ausearch` was asked for, with the values that audit-userspace gives to what was not (src/ausearch-options.c).
 * Ids are signed 32-bit numbers. Texts are latin1. All selectors must hold.
 */
export interface Selectors {
  /** Unsigned; 4294967295 is any, also where it was asked for. */
  serial: number;
  gid: number;
  egid: number;
  /** `-ga`: one of gid and egid is enough. */
  anyGid: boolean;
  /** Record types, one of them is enough; null is any. */
  types: number[] | null;
  pid: number;
  ppid: number;
  /** -1 any, 0 failed, 1 done. */
  success: number;
  /** `-w`: texts are compared whole. */
  isExact: boolean;
  uid: number;
  euid: number;
  /** -2 is any. */
  loginuid: number;
  uidName: string | null;
  euidName: string | null;
  loginuidName: string | null;
  /** `-ua`: one of the three is enough. */
  anyUid: boolean;
  syscall: number;
  machine: GivenMachine | null;
  /** -2 is any. */
  session: number;
  exit: bigint | null;
  key: string | null;
  file: string | null;
  exe: string | null;
  comm: string | null;
  hostname: string | null;
  terminal: string | null;
  subject: string | null;
  object: string | null;
  /** `-se`: one of subject and object is enough. */
  anyContext: boolean;
  uuid: string | null;
  vmname: string | null;
  nodes: string[] | null;
  /** Seconds since 1970, both inclusive; 0 is none. */
  startSec: number;
  endSec: number;
}

/** All that a command line says. */
export interface SearchOptions {
  readonly select: Selectors;
  format: SearchFormat;
  escape: EscapeMode;
  /** `-if`. */
  input: string | null;
  /** `--input-logs`. */
  isSystemLogs: boolean;
  isJustOne: boolean;
  /** `--debug`. */
  isDebug: boolean;
  /** 0 is auditd's own setting. */
  timeoutSec: number;
  checkpoint: string | null;
  /** `-ts checkpoint`. */
  isCheckpointTime: boolean;
  extraKeys: boolean;
  extraLabels: boolean;
  extraObject2: boolean;
  extraTime: boolean;
}

/** What is asked for where nothing is. */
export const anyEvent = (): Selectors => ({
  serial: 0xffffffff,
  gid: -1,
  egid: -1,
  anyGid: false,
  types: null,
  pid: -1,
  ppid: -1,
  success: -1,
  isExact: false,
  uid: -1,
  euid: -1,
  loginuid: -2,
  uidName: null,
  euidName: null,
  loginuidName: null,
  anyUid: false,
  syscall: -1,
  machine: null,
  session: -2,
  exit: null,
  key: null,
  file: null,
  exe: null,
  comm: null,
  hostname: null,
  terminal: null,
  subject: null,
  object: null,
  anyContext: false,
  uuid: null,
  vmname: null,
  nodes: null,
  startSec: 0,
  endSec: 0,
});
