import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAssembler } from "../../src/events/audit/assembler.ts";
import type { AuditEvent } from "../../src/model/event.ts";
import type { AuditRow, AuditSelection } from "../../src/ports/audit-reads.ts";
import { emptyBatch, linesOf } from "../../src/store/contract-rows.ts";
import { openAuditReads } from "../../src/store/sqlite/audit-reads.ts";
import { openStore } from "../../src/store/sqlite/store.ts";
import { LogWriter } from "../bench/log-writer.ts";

const directory = mkdtempSync(join(tmpdir(), "dw-reads-"));
afterAll(() => rmSync(directory, { recursive: true }));
const database = join(directory, "reads.db");
const events: AuditEvent[] = [];
const lines = new Map<string, string>();

/** 30,000 records (more than one chunk) from two logs whose times overlap, the second with a node's name. */
beforeAll(() => {
  using store = openStore(database);
  const assembler = openAssembler();
  let offset = 0;
  for (const seed of [1, 2]) {
    const writer = new LogWriter({ seed, paths: 50, interleave: 0.05, isEnriched: true });
    let text = "";
    while (writer.records < 15_000) text += writer.next();
    text += writer.rest();
    if (seed === 2) text = text.replaceAll(/^/gm, "node=other ").replace(/node=other $/, "");
    for (let at = 0; at < text.length; ) {
      const newline = text.indexOf("\n", Math.min(text.length - 1, at + 100_000));
      const bytes = Buffer.from(text.slice(at, newline + 1), "latin1");
      at = newline + 1;
      offset += bytes.length;
      const audit = assembler.push(bytes, true, 0).events;
      events.push(...audit);
      store.commit({ ...emptyBatch, lines: [linesOf("audit", bytes, offset)], audit });
    }
  }
  const audit = assembler.flush().events;
  events.push(...audit);
  store.commit({ ...emptyBatch, audit });
  // A late event's records belong to the one before it.
  const first = new Map<string, number>();
  for (const [at, event] of events.entries()) {
    const before = first.get(event.ref);
    if (before === undefined) first.set(event.ref, at);
    else {
      const earlier = events[before] as AuditEvent;
      events[before] = { ...earlier, records: [...earlier.records, ...event.records] };
    }
  }
  const merged = [...first.values()].map((at) => events[at] as AuditEvent);
  events.splice(0, events.length, ...merged);
  for (const { ref, records } of events)
    lines.set(ref, (lines.get(ref) ?? "") + records.map(({ raw }) => `${raw}\n`).join(""));
}, 60_000);

const field = (event: AuditEvent, name: string): string | null =>
  event.records.find(({ type, fields }) => type !== "PATH" && fields[name] !== undefined)?.fields[name] ??
  null;
const selected = (selection: AuditSelection, order?: "time" | "reading"): string[] => {
  using reads = openAuditReads(database);
  return Array.from(reads.events(selection, order), ({ ref }) => ref as string);
};
const middle = (): { since: number; until: number } => {
  const times = events.map(({ timeMs }) => timeMs as number).sort((a, b) => a - b);
  return { since: times[Math.floor(times.length / 3)] ?? 0, until: times[Math.floor(times.length / 2)] ?? 0 };
};
const naive = (test: (event: AuditEvent) => boolean): string[] =>
  events
    .filter(test)
    .toSorted((a, b) => a.timeMs - b.timeMs || a.serial - b.serial)
    .map(({ ref }) => ref as string);
const bySameStamp = (refs: readonly string[]): string[][] => {
  const groups: string[][] = [];
  for (const ref of refs) {
    const stamp = ref.replace(/@.*/, "");
    const last = groups.at(-1);
    if (last?.[0]?.replace(/@.*/, "") === stamp) last.push(ref);
    else groups.push([ref]);
  }
  return groups.map((group) => group.sort());
};

describe("reading audit events by column", () => {
  it("gives every event once, by time and serial, with its lines", () => {
    using reads = openAuditReads(database);
    const found = Array.from(reads.events({}), (row) => [row.ref, row.bytes().toString("latin1")] as const);

    expect(bySameStamp(found.map(([ref]) => ref))).toEqual(bySameStamp(naive(() => true)));
    expect(found.every(([ref, bytes]) => lines.get(ref) === bytes)).toBe(true);
    expect(reads.extent()).toEqual({
      events: found.length,
      firstMs: Math.min(...events.map(({ timeMs }) => timeMs)),
      lastMs: Math.max(...events.map(({ timeMs }) => timeMs)),
    });
    expect(Array.from(reads.events({}, "reading"), ({ ref }) => ref).toSorted()).toEqual(
      found.map(([ref]) => ref).toSorted(),
    );
  });

  it("selects by number, text, path, span of time and all of them", () => {
    const { since, until } = middle();
    const within = ({ timeMs }: AuditEvent): boolean => timeMs >= since && timeMs < until;
    const serial = events[777]?.serial ?? 0;
    const path =
      events.flatMap(({ records }) => records).find(({ type }) => type === "PATH")?.fields["name"] ?? "";
    const hasPath = ({ records }: AuditEvent): boolean =>
      records.some(({ type, fields }) => type === "PATH" && fields["name"] === path);
    const cases: [AuditSelection, (event: AuditEvent) => boolean][] = [
      [{ sinceMs: since, untilMs: until }, within],
      [{ numbers: { serial: [serial] } }, (event) => event.serial === serial],
      [{ numbers: { auid: (auid) => auid > 1000 } }, (event) => Number(field(event, "auid") ?? -1) > 1000],
      [
        { numbers: { success: [0] } },
        (event) => ["no", "failed", "0"].includes(field(event, "success") ?? field(event, "res") ?? ""),
      ],
      [
        { texts: { exe: (exe) => exe.endsWith("/docker") } },
        (event) => field(event, "exe")?.endsWith("/docker") === true,
      ],
      [{ texts: { node: (node) => node === "other" } }, ({ node }) => node === "other"],
      [
        { texts: { kind: (kind) => kind.includes("PATH") } },
        ({ records }) => records.some(({ type }) => type === "PATH"),
      ],
      [{ path: (name) => name === path }, hasPath],
      [
        { sinceMs: since, untilMs: until, path: (name) => name === path, numbers: { success: [1] } },
        (event) => within(event) && hasPath(event) && field(event, "success") === "yes",
      ],
      [{ texts: { key: () => false } }, () => false],
    ];
    for (const [selection, test] of cases) {
      const expected = bySameStamp(naive(test));
      expect(bySameStamp(selected(selection))).toEqual(expected);
    }
    expect(selected({ path: (name) => name === path }).length).toBeGreaterThan(3);
    expect(selected({ numbers: { serial: [] } })).toEqual([]);
  });

  it("counts texts, numbers and names of paths", () => {
    using reads = openAuditReads(database);
    const counted = <T>(values: readonly T[]): Map<T, number> =>
      new Map([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));
    const whole = Array.from(reads.events({}), (row: AuditRow) => ({
      exe: row.text("exe"),
      auid: row.number("auid"),
      names: row.paths().flatMap(({ name }) => (name === null ? [] : [name])),
    }));

    expect(reads.countTexts({}, "exe")).toEqual(
      counted(whole.flatMap(({ exe }) => (exe === null ? [] : [exe]))),
    );
    expect(reads.countNumbers({}, "auid")).toEqual(
      counted(whole.flatMap(({ auid }) => (auid === null ? [] : [auid]))),
    );
    expect(reads.countPaths({})).toEqual(counted(whole.flatMap(({ names }) => names)));
    const docker = { texts: { exe: (exe: string) => exe === "/usr/bin/dockerd" } };
    expect(reads.countPaths(docker)).toEqual(
      counted(whole.filter(({ exe }) => exe === "/usr/bin/dockerd").flatMap(({ names }) => names)),
    );
    expect(reads.countPaths(docker).size).toBeGreaterThan(3);
    expect([...reads.countPaths({})].map(([, count]) => count).reduce((a, b) => a + b)).toBe(
      events.flatMap(({ records }) => records).filter(({ type }) => type === "PATH").length,
    );
  });
});
