import { readable } from "../../lib/latin1.ts";
import type { DetectionRule } from "../ast.ts";
import type { KindName } from "../views/logsource.ts";
import type { FieldValue, View } from "../views/view.ts";

/** A field of an exception, and the texts that it may have. */
export interface ExceptionField {
  readonly field: string;
  readonly values: readonly string[];
}

/** What a rule matched: the kind of view, and the fields that an exception may ask for. */
export interface Evidence {
  readonly rule: DetectionRule;
  readonly kind: KindName;
  readonly values: ReadonlyMap<string, string | null>;
}

/**
 * The fields that say what was acted on and by what, most telling first. Not among them: who is behind a Docker event
 * (often known only after rules have looked at it), and numbers that never come again.
 */
const TELLING: Readonly<Record<KindName, readonly string[]>> = {
  docker: ["ContainerName", "ImageReference", "execCommand"],
  file_event: ["TargetFilename", "Image", "LoginUser"],
  process_creation: ["Image", "CommandLine", "ParentImage", "LoginUser"],
  network_connection: ["Image", "DestinationIp", "DestinationPort", "LoginUser"],
  syslog: ["user", "address"],
  auditd: ["type", "op", "exe", "comm", "key", "name", "acct", "AUID"],
};

/** Asked for where a match has none of the telling ones. */
const ELSE: Partial<Readonly<Record<KindName, readonly string[]>>> = { syslog: ["program", "message"] };

/** Fields whose value never comes again, or is not known yet when a rule is decided. */
const FLEETING =
  /^(Actor\.|FirstSeen\.|timestamp$|TerminalSessionId$|ses$|pid$|ppid$|ProcessId$|ParentProcessId$|ContainerId$|ActorId$|execId$|port$|LogonId$)/;
const MOST_VALUES = 5;
const LONGEST_VALUE = 512;

export const isFleeting = (field: string): boolean => FLEETING.test(field);

/** What a rule's match has in the fields that an exception may ask for. @param asked fields that are wanted beside the telling ones. */
export function evidenceOf(
  rule: DetectionRule,
  kind: KindName,
  view: View,
  asked: readonly string[],
): Evidence {
  const values = new Map<string, string | null>();
  for (const field of [...TELLING[kind], ...(ELSE[kind] ?? []), ...asked])
    values.set(field, textOf(view.raw(view.fields.slot(field)), view.fields.kind.isBytes));
  return { rule, kind, values };
}

/** A text that an exception can repeat exactly; null for none, and for what is too long or no text. */
function textOf(value: FieldValue, isBytes: boolean): string | null {
  const first = typeof value === "string" ? value : value?.[0];
  if (first === undefined || first === "" || first.length > LONGEST_VALUE) return null;
  const text = isBytes ? readable(first) : first;
  // Bytes that are no UTF-8 cannot be written into a rule.
  return isBytes && Buffer.from(text, "utf8").toString("latin1") !== first ? null : text;
}

/**
 * The fields that all the matches of a rule in one kind of view have, with few values among them.
 * @param fields only these; null: the telling ones of the kind of view.
 */
export function chosenFields(
  evidence: readonly Evidence[],
  fields: readonly string[] | null,
): readonly ExceptionField[] {
  const [first] = evidence;
  if (first === undefined) return [];
  if (fields !== null) return sharedFields(evidence, fields);
  const telling = sharedFields(evidence, TELLING[first.kind]);
  return telling.length > 0 ? telling : sharedFields(evidence, ELSE[first.kind] ?? []);
}

function sharedFields(evidence: readonly Evidence[], fields: readonly string[]): readonly ExceptionField[] {
  return fields.flatMap((field): readonly ExceptionField[] => {
    const values = new Set<string>();
    for (const one of evidence) {
      const value = one.values.get(field) ?? null;
      if (value === null) return [];
      values.add(value);
    }
    return values.size <= MOST_VALUES ? [{ field, values: [...values] }] : [];
  });
}
