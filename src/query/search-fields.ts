/** Success of an event, as audit's tools number it. */
export const SUCCESS = { unset: -1, failed: 0, yes: 1 } as const;
/** Result of an access vector decision. */
export const AVC = { unset: 0, denied: 1, granted: 2 } as const;

/** A label of an event, or an access vector decision with its labels. */
export interface AvcFields {
  scontext: string | null;
  tcontext: string | null;
  result: (typeof AVC)[keyof typeof AVC];
  permission: string | null;
  class: string | null;
}
export const emptyAvc = (): AvcFields => ({
  scontext: null,
  tcontext: null,
  result: AVC.unset,
  permission: null,
  class: null,
});

/** A file name of an event; `kind` is what follows `nametype=` in its record, to the record's end. */
export interface NamedFile {
  readonly name: string;
  kind: string | null;
}

/**
 * What audit's tools search an event by: `search_items` of audit-userspace. Ids are signed 32-bit numbers with the
 * values that those tools give to what is absent. Texts are latin1.
 */
export class SearchFields {
  ppid = -1;
  pid = -1;
  uid = -1;
  gid = -1;
  euid = -1;
  egid = -1;
  /** -2: no record had one; -1: unset. */
  loginuid = -2;
  session = -2;
  success: number = SUCCESS.unset;
  exit: bigint | null = null;
  arch = 0;
  syscall = 0;
  acct: string | null = null;
  comm: string | null = null;
  exe: string | null = null;
  cwd: string | null = null;
  hostname: string | null = null;
  terminal: string | null = null;
  vmname: string | null = null;
  uuid: string | null = null;
  files: NamedFile[] | null = null;
  keys: string[] | null = null;
  avc: AvcFields[] | null = null;
  /** First argument of the SYSCALL record, as hex text. */
  a0: string | null = null;
}

/** Which fields are asked for. What is not asked for is not looked for, and its lack is no fault of the event. */
export interface Wanted {
  readonly arch?: boolean;
  readonly ppid?: boolean;
  readonly pid?: boolean;
  readonly uid?: boolean;
  readonly gid?: boolean;
  readonly euid?: boolean;
  readonly egid?: boolean;
  readonly loginuid?: boolean;
  readonly session?: boolean;
  readonly success?: boolean;
  readonly exit?: boolean;
  readonly comm?: boolean;
  readonly exe?: boolean;
  readonly hostname?: boolean;
  readonly terminal?: boolean;
  readonly files?: boolean;
  readonly keys?: boolean;
  readonly subject?: boolean;
  readonly object?: boolean;
  readonly vmname?: boolean;
  readonly uuid?: boolean;
}
