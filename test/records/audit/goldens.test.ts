import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { EventGroups } from "../../../src/events/audit/groups.ts";
import { JsonLines } from "../../../src/records/audit/json.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/audit");
const folders = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

it.each(folders)("reads the log of %s as expected", async (folder) => {
  const log = readFileSync(join(FIXTURES, folder, "input.log"));
  const groups = new EventGroups();
  groups.push(log, false, 0);
  groups.flush();
  const { groups: events, faults } = groups.drain();
  const json = new JsonLines(1 << 20);
  for (const { timeMs, serial, node, lines } of events) {
    json.begin({ timeMs, serial, node });
    for (const line of lines) json.record(line.bytes, line.body, line.end, line.type);
    json.end();
  }

  const text = json
    .take()
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);

  const result = {
    events: text,
    faults: faults.map(({ fault, offset }) => ({ code: fault.code, at: offset + fault.at })),
  };
  await expect(`${JSON.stringify(result, null, 1)}\n`).toMatchFileSnapshot(
    join(FIXTURES, folder, "expected.json"),
  );
});

it("has an origin and an expectation for each log", () => {
  for (const folder of folders)
    expect(readdirSync(join(FIXTURES, folder)).sort(), folder).toEqual([
      "ORIGIN.md",
      "expected.json",
      "input.log",
    ]);
});
