import { expect, it } from "vitest";
import { emptyRows } from "../../src/store/sqlite/audit-chunk.ts";
import { clustersOf } from "../../src/store/sqlite/audit-clusters.ts";

const [SYSCALL, USER_LOGIN] = [1, 2];
const [EXEC, DOCKER] = [10, 11];
const [BASH, RUNC] = [20, 21];
const SOCKET = 30;

interface Given {
  readonly kind: number;
  readonly key?: number;
  readonly exe?: number;
  readonly ses?: number;
  readonly saddr?: number;
  readonly paths?: readonly number[];
}

/** Events of ten bytes each, one behind the other from `start` on. */
function rowsOf(given: readonly Given[], start: number) {
  const rows = emptyRows();
  const { names } = rows.events;
  for (const [event, { paths = [], ...own }] of given.entries()) {
    const values: Record<string, number> = {
      at: start + event * 10,
      size: 10,
      key: 0,
      exe: 0,
      ses: 1,
      saddr: 0,
      ...own,
    };
    rows.events.push(names.map((name) => values[name] ?? 0));
    for (const [item, name] of paths.entries()) rows.paths.push([event, item, name, 0]);
  }
  return rows;
}
/** The events in the order in which they are stored. */
function storedOrder(given: readonly Given[]): number[] {
  const { at, cluster } = clustersOf(rowsOf(given, 0), 0, given.length * 10);
  return [...at.keys()]
    .sort((a, b) => (cluster[a] ?? 0) - (cluster[b] ?? 0) || a - b)
    .map((span) => (at[span] ?? 0) / 10);
}

it("stores like events side by side: kind, then key, then program, then session", () => {
  const given = [
    { kind: SYSCALL, key: EXEC, exe: BASH, ses: 1 },
    { kind: USER_LOGIN },
    { kind: SYSCALL, key: DOCKER, exe: RUNC },
    { kind: SYSCALL, key: EXEC, exe: RUNC },
    { kind: SYSCALL, key: EXEC, exe: BASH, ses: 2 },
    { kind: SYSCALL, key: EXEC, exe: BASH, ses: 1 },
    { kind: USER_LOGIN },
    { kind: SYSCALL, key: DOCKER, exe: RUNC },
  ];
  expect(storedOrder(given)).toEqual([0, 5, 4, 3, 2, 7, 1, 6]);
});

it("stores events about a file or address that many are about side by side, whatever their key is", () => {
  const often = Array.from({ length: 12 }, (_, at) => ({
    kind: SYSCALL,
    key: at % 2 === 0 ? EXEC : DOCKER,
    ...(at % 3 === 0 ? { saddr: SOCKET } : { paths: [99, SOCKET] }),
  }));
  const rare = Array.from({ length: 4 }, (_, at) => ({
    kind: SYSCALL,
    key: at % 2 === 0 ? EXEC : DOCKER,
    paths: [100 + at],
  }));
  const mixed = [...often.slice(0, 6), ...rare, ...often.slice(6)];

  const places = storedOrder(mixed)
    .map((event, place) => ({ isOften: event < 6 || event >= 10, place }))
    .filter(({ isOften }) => isOften)
    .map(({ place }) => place);

  expect((places.at(-1) ?? 0) - (places[0] ?? 0)).toBe(11);
});

it("gives the runs of lines that lie in the stretch, in their order", () => {
  const rows = rowsOf([{ kind: SYSCALL }, { kind: USER_LOGIN }, { kind: SYSCALL }], 100);
  rows.parts.push([2, 95, 8]);
  rows.parts.push([1, 400, 10]);

  const { at, size, cluster } = clustersOf(rows, 100, 200);

  expect([...at]).toEqual([100, 100, 110, 120]);
  expect([...size].sort((a, b) => a - b)).toEqual([3, 10, 10, 10]);
  expect(cluster[1]).toBe(cluster[3]);
});
