import { readable } from "../../lib/latin1.ts";

/** What a field's name says about reading its value. */
export interface FieldName {
  readonly text: string;
  /** A number of its own while its map lives; small, counts from 0. */
  readonly id: number;
  /** The value is hex when it is not in quotes and looks like it. */
  readonly isEncoded: boolean;
  /** `a0`, `a12`, `a1[3]`: encoded in an EXECVE record, a register's hex digits elsewhere. */
  readonly isArgument: boolean;
  readonly isMsg: boolean;
  /** `op` and `text` have values of several words (`op=adding group to /etc/group`, what `auditctl -m` was given). */
  readonly isWordy: boolean;
  /** `subj`, `obj`, …: AppArmor puts its mode behind the label (`docker-default (enforce)`). */
  readonly isLabel: boolean;
  /** `"text":` as JSON, for writing without a string. */
  readonly json: Buffer;
  /** The bytes `text=`. */
  readonly bytes: Buffer;
  /** The name that came after this one last time: records of one type have their fields in one order. */
  follower: FieldName | null;
}

/**
 * Fields whose unquoted value is hex when the text held a space, a quote or a byte outside of ASCII (the kernel's
 * audit_log_untrustedstring and audit_log_n_hex, libaudit's audit_encode_value); the list that libauparse decodes,
 * which has AppArmor's too. `saddr` is binary and stays hex: see `socketAddress`.
 */
const ENCODED = new Set(
  (
    "path comm exe file name watch cwd cmd acct dir key vm old-chardev new-chardev old-disk new-disk old-fs new-fs " +
    "old-net new-net old-rng new-rng device cgroup ocomm proctitle data grp new_group invalid_context sw root_dir " +
    "apparmor operation denied_mask requested_mask info profile"
  ).split(" "),
);
const LABELS = new Set(["subj", "obj", "scontext", "tcontext", "label", "peer_label"]);

/** True where libauparse decodes an unquoted hex value of a field with this name. */
export const isEncodedField = (name: string): boolean => ENCODED.has(name);

/** Describes a field name. @param id see {@link FieldName.id}. */
export function fieldName(text: string, id: number): FieldName {
  return {
    text,
    id,
    isEncoded: ENCODED.has(text),
    isArgument: /^a\d+(?:\[\d+\])?$/.test(text),
    isMsg: text === "msg",
    isWordy: text === "op" || text === "text",
    isLabel: LABELS.has(text),
    json: Buffer.from(`${JSON.stringify(readable(text))}:`),
    bytes: Buffer.from(`${text}=`, "latin1"),
    follower: null,
  };
}
