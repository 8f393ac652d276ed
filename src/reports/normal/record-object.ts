import { type EventCursor, type Place } from "./event-cursor.ts";
import { placeIn } from "./normal-event.ts";

/** What a CONFIG_CHANGE sets, the first one that it has. */
const SETTINGS = ["audit_enabled", "audit_pid", "audit_backlog_limit", "audit_failure", "actions"];

/** What a CONFIG_CHANGE record changed: its key, or what it set. */
export function configObject(at: EventCursor): Place | null {
  at.first();
  const key = at.find("key");
  if (key !== null && key !== "(null)") return placeIn(at, 0);
  for (const name of SETTINGS) {
    at.first();
    if (at.find(name) !== null) return placeIn(at, 0);
  }
  return null;
}

/** Fields that name the object, by record type. */
const FIELDS: ReadonlyMap<number, string> = new Map(
  Object.entries({
    unit: [1130, 1131],
    "new-level": [1129],
    "selected-context": [2300],
    terminal: [1105, 1106, 1109, 1112, 1113],
    acct: [1100, 1101, 1103, 1104, 1108, 1110, 1133, 2100, 2101, 2102, 2104],
    cmd: [1123, 2112],
    data: [1124, 1319],
    device: [1137],
    sw: [1138],
    vm: [2502],
    resrc: [2501],
    op: [2500],
    printer: [2304],
    bool: [1405],
    enforcing: [1404],
    addr: [1005, 2407],
    fp: [2404],
    hostname: [2109],
  }).flatMap(([name, types]) => types.map((type) => [type, name] as const)),
);
/** An account by its number, or else by its name. */
const ACCOUNTS: ReadonlySet<number> = new Set([1102, 1114, 1115, 1116, 1117, 1132, 1135, 1136, 2301, 2302]);
/** Looked for from the record's first field, wherever the cursor is. */
const FROM_FIRST: ReadonlySet<number> = new Set([1124, 1137, 1138, 1319]);
const CONFIG_CHANGE = 1305;
const CRYPTO_SESSION = 2407;
const SOFTWARE_UPDATE = 1138;
const VIRT_CONTROL = 2500;
const VIRT_RESOURCE = 2501;

/** The object of a record that is a whole event, from the cursor's record on. */
export function recordObject(at: EventCursor, type: number): Place | null {
  at.firstField();
  if (type === CONFIG_CHANGE) return configObject(at);
  if (ACCOUNTS.has(type)) {
    if (at.find("id") !== null) return placeIn(at, 0);
    at.first();
    return at.find("acct") === null ? null : placeIn(at, 0);
  }
  const name = FIELDS.get(type);
  if (name === undefined) return null;
  if (FROM_FIRST.has(type)) at.first();
  return at.find(name) === null ? null : placeIn(at, 0);
}

const SECOND: ReadonlyMap<number, string> = new Map([
  [CRYPTO_SESSION, "rport"],
  [SOFTWARE_UPDATE, "sw_type"],
]);
const OTHER: ReadonlyMap<number, string> = new Map([
  [VIRT_CONTROL, "vm"],
  [VIRT_RESOURCE, "vm"],
  [SOFTWARE_UPDATE, "root_dir"],
]);
const named = (names: ReadonlyMap<number, string>, at: EventCursor, type: number): Place | null => {
  at.firstField();
  const name = names.get(type);
  return name === undefined || at.find(name) === null ? null : placeIn(at, 0);
};
/** What more such a record says of its object. */
export const recordObjectSecond = (at: EventCursor, type: number): Place | null => named(SECOND, at, type);
/** What such a record's object was made to, or belongs to. */
export const recordObject2 = (at: EventCursor, type: number): Place | null => named(OTHER, at, type);
