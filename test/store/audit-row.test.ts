import { expect, it } from "vitest";
import { openAssembler } from "../../src/events/audit/assembler.ts";
import { ABSENT, AUDIT_COLUMNS, PATH_COLUMNS, TEXT_COLUMNS } from "../../src/model/audit-columns.ts";
import type { AuditEvent } from "../../src/model/event.ts";
import { emptyRows } from "../../src/store/sqlite/audit-chunk.ts";
import { addEvent } from "../../src/store/sqlite/audit-row.ts";
import type { Texts } from "../../src/store/sqlite/texts.ts";
import { corpus, Mutator } from "../fuzz/mutator.ts";

const numbers = new Map<string, number>([["", 0]]);
const idOf = (text: string): number => {
  const known = numbers.get(text) ?? numbers.size;
  numbers.set(text, known);
  return known;
};
const TEXTS: Pick<Texts, "idOf" | "idsOf"> = {
  idOf,
  idsOf: (list) => (place) => idOf(list[place] ?? ""),
};

/** What is stored of an event but its lines and how these are written, which is not in its fields. */
function stored(event: AuditEvent): unknown {
  const rows = emptyRows();
  addEvent(rows, event, TEXTS as Texts);
  const { events, paths } = rows;
  const values = AUDIT_COLUMNS.filter((name) => name !== "shape").map((name) => [name, events.get(0, name)]);
  const own = Array.from({ length: paths.count }, (_, at) => PATH_COLUMNS.map((name) => paths.get(at, name)));
  return { values: Object.fromEntries(values.filter(([, value]) => value !== ABSENT)), own };
}
function eventsOf(line: string): readonly AuditEvent[] {
  const assembler = openAssembler();
  const { events } = assembler.push(Buffer.from(line, "latin1"), false, 0);
  return [...events, ...assembler.flush().events];
}
/** @returns how many events there were. */
function compare(line: string): number {
  const events = eventsOf(line);
  for (const event of events) {
    const { columns, ...byFields } = event;
    expect(columns, line).toBeDefined();
    expect(stored(event), line).toEqual(stored(byFields));
  }
  return events.length;
}

it.each([1, 2, 3, 4])("columns say of harmed lines what their fields say: seed %i", (seed) => {
  const mutator = new Mutator(seed, corpus());
  let events = 0;
  for (let line = 0; line < 1500; line++) events += compare(`${mutator.line().toString("latin1")}\n`);
  expect(events).toBeGreaterThan(300);
});

it.each([
  ":",
  ",",
  "::",
  ")",
  "'",
  '"',
  " avc:  denied  { ",
  " old ",
  "=",
  " (",
  "{ ",
  "\x1d",
  " pid=x pid=3",
  "?",
  "(null)",
])("columns say of lines with %j behind a value what their fields say", (mark) => {
  let events = 0;
  for (const [number, bytes] of corpus().entries()) {
    const line = bytes.toString("latin1");
    const values = [...line.matchAll(/=[^ ]*/g)];
    // Another one of each line; all of them for the first lines.
    for (const [place, { index, 0: value }] of values.entries()) {
      if (number >= 40 && place !== number % values.length) continue;
      const at = index + value.length;
      events += compare(`${line.slice(0, at)}${mark}${line.slice(at)}\n`);
    }
  }
  expect(events).toBeGreaterThan(300);
});

it("has numbers for all text columns", () => {
  const [event] = eventsOf(
    'type=USER_LOGIN msg=audit(1795511325.500:7): pid=7 msg=\'acct="bob" exe="/e" addr=? terminal=ssh res=failed\'\n',
  );
  const texts = event?.columns?.texts ?? [];
  for (const name of TEXT_COLUMNS) {
    const number = event?.columns?.row[AUDIT_COLUMNS.indexOf(name)] ?? -1;
    expect(number, name).toBeGreaterThanOrEqual(0);
    expect(texts[number], name).toBeTypeOf("string");
  }
});
