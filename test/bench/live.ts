/**
 * The steady state: 1,000 audit records a second for 60 s into a followed log, one alert a second among them.
 * Prints the daemon's CPU share and memory, and the time from a record's write to its webhook's arrival.
 *
 *   node test/bench/live.ts [SECONDS] [RECORDS_PER_SECOND]
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { AuditLines } from "../lab/audit-lines.ts";
import { DOCKWARDEN, sourceUp } from "../lab/harness/dockwarden.ts";
import { eventually } from "../lab/harness/eventually.ts";
import { startProgram } from "../lab/harness/program.ts";
import { startReceiver } from "../lab/harness/receiver.ts";

const seconds = Number(process.argv[2] ?? 60);
const rate = Number(process.argv[3] ?? 1000);
const RECORDS_PER_EVENT = 4;
const STEP_MS = 20;
const TICKS_PER_SECOND = 100;
/** A channel gets at most 20 single alerts in a minute: each of these gets fewer, and together they hear one a second. */
const CHANNELS = 5;

const ticksOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
};
const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) / 1024;
const share = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

const directory = mkdtempSync(join(tmpdir(), "dockwarden-bench-"));
const file = (name: string): string => join(directory, name);
await using stack = new AsyncDisposableStack();
stack.defer(() => rmSync(directory, { recursive: true, force: true }));
const receiver = stack.use(await startReceiver());
writeFileSync(file("hook.key"), receiver.secret, { mode: 0o600 });
writeFileSync(file("audit.log"), "");
writeFileSync(file("auth.log"), "");
writeFileSync(
  file("dockwarden.yml"),
  stringify({
    database: file("dockwarden.db"),
    sources: {
      audit: { path: file("audit.log") },
      sshd: { path: file("auth.log") },
      docker: { socket: file("docker.sock") },
    },
    http: { listen: "127.0.0.1:0" },
    channels: Array.from({ length: CHANNELS }, (_, channel) => ({
      name: `hook${channel}`,
      type: "webhook",
      url: receiver.url,
      secretFile: file("hook.key"),
    })),
    routes: Array.from({ length: CHANNELS }, (_, channel) => ({
      minLevel: "low",
      channels: [`hook${channel}`],
      match: { path: `/etc/docker/certs.d/${channel}/*` },
    })),
  }),
);
const daemon = stack.use(startProgram([DOCKWARDEN, "run", "--config", file("dockwarden.yml")]));
await sourceUp(daemon, "audit");
await sleep(2000);

const lines = new AuditLines();
const log = openSync(file("audit.log"), "a");
const writtenMs = new Map<string, number>();
const samples: number[] = [];
const ticksBefore = ticksOf(daemon.pid);
const begin = performance.now();
let events = 0;
let alerts = 0;
for (let step = 1; step * STEP_MS <= seconds * 1000; step += 1) {
  const due = Math.floor((step * STEP_MS * rate) / 1000 / RECORDS_PER_EVENT);
  let text = "";
  for (; events < due; events += 1)
    text += lines.noise({ user: "alice", uid: 1001, ses: 18 + (events % 20) });
  const path = `/etc/docker/certs.d/${alerts % CHANNELS}/${alerts}.crt`;
  if (step * STEP_MS >= (alerts + 1) * 1000) {
    text += lines.configEdit({ user: "carol", uid: 1003, ses: 17 }, path);
    alerts += 1;
    events += 1;
    writtenMs.set(path, Date.now());
  }
  writeSync(log, text, null, "latin1");
  if ((step * STEP_MS) % 1000 === 0) samples.push(rssMiB(daemon.pid));
  await sleep(Math.max(0, begin + step * STEP_MS - performance.now()));
}
const elapsedS = (performance.now() - begin) / 1000;
const cpu = ((ticksOf(daemon.pid) - ticksBefore) / TICKS_PER_SECOND / elapsedS) * 100;
closeSync(log);
await eventually("the last webhooks", () => receiver.hooks.length >= alerts).catch(() => undefined);

const latencies = receiver.hooks
  .flatMap(({ atMs, json }) => {
    const { data } = json as { data: { alerts: { group: Record<string, string>; sentence: string }[] } };
    return data.alerts.flatMap(({ group, sentence }) => {
      const path = [...writtenMs.keys()].find(
        (candidate) => Object.values(group).includes(candidate) || sentence.includes(candidate),
      );
      const sentMs = path === undefined ? undefined : writtenMs.get(path);
      return sentMs === undefined ? [] : [atMs - sentMs];
    });
  })
  .sort((a, b) => a - b);
const row = (name: string, value: string): void => console.log(`  ${name.padEnd(34)} ${value}`);
console.log(`${((events * RECORDS_PER_EVENT) / elapsedS).toFixed(0)} records/s for ${elapsedS.toFixed(1)} s`);
row("CPU, share of one core", `${cpu.toFixed(1)} %  (target 15)`);
row(
  "RSS, median / most",
  `${share(
    samples.sort((a, b) => a - b),
    0.5,
  ).toFixed(0)} / ${samples.at(-1)?.toFixed(0)} MiB  (target 150)`,
);
row("alerts written / told", `${alerts} / ${latencies.length}`);
row(
  "write to webhook, p50 / p99 / most",
  `${share(latencies, 0.5)} / ${share(latencies, 0.99)} / ${latencies.at(-1)} ms  (targets 50 / 500)`,
);
