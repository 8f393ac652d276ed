import { expect, it } from "vitest";
import { LogReader } from "../../src/query/log-reader.ts";
import { LogSearch } from "../../src/reports/ausearch/log-search.ts";
import { readSearchOptions } from "../../src/reports/ausearch/options.ts";
import { probeOf } from "../../src/reports/ausearch/probe.ts";
import { Search } from "../../src/reports/ausearch/search.ts";
import { damagedLog } from "./damaged-log.ts";
import { SELECTIONS } from "./selections.ts";

const CHUNK_BYTES = 10_000;

/** What a search of a log prints and warns of, the log read into bytes that are used again, as a file is. */
async function searched(log: Buffer, argv: readonly string[], hasProbe: boolean) {
  const read = await readSearchOptions(argv, { nowMs: 0, bootSec: 0, uidOf: () => 0, gidOf: () => 0 });
  if (!read.ok) throw new Error(`${argv.join(" ")}: ${read.err}`);
  const names = { userName: () => null, groupName: () => null, uidOf: () => null };
  let warnings = "";
  const warn = (text: string) => void (warnings += text);
  const { options } = read;
  const parts = { options, names, notes: options.isDebug ? { warn, debug: warn } : { warn } };
  const search = new LogSearch(await Search.open(parts), parts);
  const texts: string[] = [];
  const reader = new LogReader({
    isChunkLent: true,
    range: { start: options.select.startSec, end: options.select.endSec },
    timeoutSec: 2,
    onEvent: (event) => {
      const text = search.take(event);
      if (text !== null) texts.push(text);
    },
    onBadTime: () => undefined,
    probe: hasProbe && !options.isDebug ? probeOf(options.select) : null,
  });
  const buffers = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)] as const;
  for (let at = 0; at < log.length; at += CHUNK_BYTES) {
    const lent = buffers[((at / CHUNK_BYTES) % 2) as 0 | 1];
    const size = log.copy(lent, 0, at);
    reader.push(hasProbe ? lent.subarray(0, size) : Buffer.from(lent.subarray(0, size)));
  }
  reader.endFile(true);
  return { texts, warnings };
}

it.each([1, 2, 3])("what is passed over unparsed does not match: seed %d", async (seed) => {
  const log = Buffer.from(damagedLog(seed, 3000), "latin1");
  let probed = 0;
  for (const question of SELECTIONS) {
    const found = await searched(log, question, true);

    expect(found, question.join(" ")).toEqual(await searched(log, question, false));
    const read = await readSearchOptions(question, { nowMs: 0, bootSec: 0, uidOf: () => 0, gidOf: () => 0 });
    if (read.ok && probeOf(read.options.select) !== null && found.texts.length > 0) probed += 1;
  }
  expect(probed).toBeGreaterThan(20);
});

it.each([
  [
    "-gi 1500",
    "type=ADD_GROUP msg=audit(1.000:1): pid=1 uid=0 auid=0 ses=1 msg='op=add-group id=1500 exe=\"/a\"'",
  ],
  [
    "-ui 1500",
    "type=USER_LOGIN msg=audit(1.000:1): pid=1 uid=0 auid=0 ses=1 msg='op=login uid=1500 exe=\"/a\"'",
  ],
  ["-e -13", "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=2 exit=-0013 a0=1 a1=2 ppid=1"],
  ["-e 5", "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=2 exit=+5 a0=1 a1=2 ppid=1"],
  ["-sc 2", "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=4294967298 exit=0 a0=1 a1=2 ppid=1"],
])("%s is found where it stands in another way", async (question, line) => {
  const log = Buffer.from(`${line}\n`);

  const found = await searched(log, question.split(" "), true);

  expect(found.texts).toHaveLength(1);
  expect(found).toEqual(await searched(log, question.split(" "), false));
});
