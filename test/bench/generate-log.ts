/**
 * Writes an audit log as a busy Docker host's auditd writes it, always the same one for the same options:
 *
 *   node test/bench/generate-log.ts --records 1000000 --paths 2400 --out audit-1m.log
 *
 * One million records are about 250 MB and 240,000 events: file watches on Docker's paths (52 %), programs started
 * (20 %), connections and other calls without a path (4 %), and what sshd, sudo, cron and systemd write (24 %). One
 * event in a hundred is interleaved with its neighbour.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { LogWriter } from "./log-writer.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    paths: { type: "string", default: "2400" },
    seed: { type: "string", default: "42" },
    interleave: { type: "string", default: "0.01" },
    raw: { type: "boolean", default: false },
    out: { type: "string", default: "-" },
  },
});

const FLUSH_CHARS = 4 << 20;
const file = values.out === "-" ? 1 : openSync(values.out, "w");
const log = new LogWriter({
  seed: Number(values.seed),
  paths: Number(values.paths),
  interleave: Number(values.interleave),
  isEnriched: !values.raw,
});
const records = Number(values.records);
let bytes = 0;
let text = "";
const flush = () => {
  const chunk = Buffer.from(text, "latin1");
  for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
  bytes += chunk.length;
  text = "";
};
while (log.records < records) {
  text += log.next();
  if (text.length > FLUSH_CHARS) flush();
}
text += log.rest();
flush();
if (file !== 1) closeSync(file);
console.error(
  `${values.out}: ${log.records} records, ${log.events} events, ${(bytes / 1e6).toFixed(1)} MB, ${(bytes / log.records).toFixed(1)} bytes a record`,
);
