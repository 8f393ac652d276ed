import type { AuditRecord } from "../../model/event.ts";
import { argv, syscallName } from "../../records/audit/accessors.ts";
import { type About, commonReader, groupOf, type Subject } from "./common.ts";
import { keyField } from "./syscall.ts";
import { type FieldValue, viewKind } from "./view.ts";

/** One record of an audit event. */
export interface AuditSubject extends Subject {
  readonly record: AuditRecord;
  /** All records of the event that were seen together. */
  readonly records: readonly AuditRecord[];
}

/** Names are looked up on dictionaries without a prototype, so that `__proto__` is a field like any other. */
function reader(field: string): (subject: AuditSubject) => FieldValue {
  const common = commonReader(field);
  if (common !== null) return common;
  switch (field) {
    case "type":
      return ({ record }) => record.type;
    case "SYSCALL":
      return ({ record }) => syscallName(record) ?? undefined;
    case "key":
      return ({ record }) => keyField(record.fields["key"]);
  }
  if (/^a\d+$/.test(field)) {
    const index = Number(field.slice(1));
    return (subject) => subject.record.fields[field] ?? splitArgument(subject, index);
  }
  return ({ record }) => record.fields[field] ?? record.enriched[field];
}

/** A long argument is split over fields, and a long list of arguments over records. */
function splitArgument({ record, records }: AuditSubject, index: number): FieldValue {
  if (record.type !== "EXECVE" || record.fields[`a${index}_len`] === undefined) return undefined;
  return argv({ records })?.[index];
}

/** `product: linux`, `service: auditd`: each record of its own. Keywords look in the raw line. */
export const AUDITD = viewKind<AuditSubject>({
  name: "auditd",
  isBytes: true,
  reader,
  keywords: ({ record }) => record.raw,
});

export function aboutAudit({ record, records }: AuditSubject): About {
  const syscall = records.find(({ type }) => type === "SYSCALL");
  const path = record.type === "PATH" ? record.fields["name"] : undefined;
  const exe = record.fields["exe"] ?? syscall?.fields["exe"];
  const user = record.enriched["AUID"] ?? syscall?.enriched["AUID"] ?? record.fields["auid"];
  return {
    group: groupOf({
      path,
      exe: path === undefined ? exe : undefined,
      user: user === "unset" ? undefined : user,
    }),
    object: path ?? exe ?? null,
  };
}
