import { useSignal } from "@preact/signals";
import type { Health, SourceHealthView } from "../src/http/api.ts";
import { Panel, Time, Waiting } from "./pieces.tsx";
import { health, healthFault } from "./state.ts";

const NAMES = { audit: "Audit log", docker: "Docker events", sshd: "SSH logins" } as const;
const LEVELS = ["critical", "high", "medium", "low", "informational"] as const;

const count = (value: number): string => value.toLocaleString("en");
const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

function bytes(value: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toPrecision(3)} ${units[unit]}`;
}

/** The whole answer in one line: is everything watched, and is something open. */
export function Verdict() {
  const now = health.value;
  if (now === null)
    return (
      <p class="verdict wait" role="status">
        {healthFault.value === null ? "Looking…" : `The daemon does not answer: ${healthFault.value}`}
      </p>
    );
  const down = now.sources.filter((source) => source.state === "down");
  const starting = now.sources.filter((source) => source.state === "starting");
  const lost = now.ledger.filter((row) => row.isLoss);
  const [kind, text] =
    down.length > 0
      ? ([
          "bad",
          `${down.length} of ${now.sources.length} sources ${down.length === 1 ? "is" : "are"} down`,
        ] as const)
      : starting.length > 0
        ? (["wait", "Starting to watch"] as const)
        : lost.length > 0
          ? (["warn", "Watching, with losses in the last day"] as const)
          : (["good", "Everything is being watched"] as const);
  return (
    <div class={`verdict ${kind}`}>
      <p role="status">
        {text}
        {down.length > 0 && (
          <>
            {": "}
            <a href="#watch">{down.map((source) => NAMES[source.source]).join(", ")}</a>
          </>
        )}
      </p>
      <p class="open">
        <OpenAlerts open={now.open} />
      </p>
    </div>
  );
}

function OpenAlerts({ open }: { readonly open: Health["open"] }) {
  const total = LEVELS.reduce((sum, level) => sum + open[level], 0);
  if (total === 0) return <>No open alert</>;
  return (
    <>
      <strong>
        {count(total)}
        {open.isMore ? "+" : ""} open {total === 1 ? "alert" : "alerts"}
      </strong>
      {LEVELS.filter((level) => open[level] > 0).map((level) => (
        <span key={level} class={`level level-${level}`}>
          {count(open[level])} {level}
        </span>
      ))}
    </>
  );
}

function Mend({ command }: { readonly command: string }) {
  const isCopied = useSignal(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(command);
    isCopied.value = true;
    setTimeout(() => {
      isCopied.value = false;
    }, 2000);
  };
  return (
    <div class="mend">
      <span>To mend it:</span>
      <code>{command}</code>
      {/* Browsers give the clipboard to https and localhost only. */}
      {"clipboard" in navigator && (
        <button type="button" onClick={() => void copy()} aria-label={`Copy the command ${command}`}>
          {isCopied.value ? "Copied" : "Copy"}
        </button>
      )}
    </div>
  );
}

function Source({ source }: { readonly source: SourceHealthView }) {
  return (
    <li class={`source source-${source.state}`}>
      <h3>
        <span class="dot" aria-hidden="true" />
        {NAMES[source.source]}
        <span class="state">{source.state}</span>
      </h3>
      <p class="detail">{source.detail}</p>
      {source.mend !== null && source.state !== "up" && <Mend command={source.mend} />}
      <p class="quiet">
        {source.lastLineMs === null ? (
          "No line yet"
        ) : (
          <>
            Last line <Time ms={source.lastLineMs} />
          </>
        )}
        {" · "}
        {plural(source.lines, "line")}
      </p>
    </li>
  );
}

const KINDS: Readonly<Record<string, string>> = {
  rotated: "rotated",
  truncated: "truncated by somebody",
  replaced: "replaced by another file",
  gap: "gap in what was read",
  "overlong-line": "line too long",
  reconnected: "reconnected",
  inferred: "concluded after a gap",
  dropped: "dropped by us",
  "kernel-lost": "lost by the kernel",
  "serial-gap": "missing serial numbers",
  fault: "kept, but not understood",
};

function Ledger({ now }: { readonly now: Health }) {
  const losses = now.ledger.filter((row) => row.isLoss);
  const faults = now.ledger.filter((row) => row.kind === "fault");
  const others = now.ledger.filter((row) => !row.isLoss && row.kind !== "fault");
  return (
    <div class="ledger">
      <h3>Loss ledger, last 24 hours</h3>
      {losses.length === 0 && <p class="quiet">Nothing was lost.</p>}
      {losses.length + faults.length > 0 && (
        <table>
          <thead class="unseen">
            <tr>
              <th scope="col">Source</th>
              <th scope="col">What</th>
              <th scope="col">How many</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {[...losses, ...faults].map((row) => (
              <tr key={`${row.source} ${row.kind}`} class={row.isLoss ? "loss" : ""}>
                <th scope="row">{row.source}</th>
                <td title={row.text}>{KINDS[row.kind] ?? row.kind}</td>
                <td class="number">{count(row.count)}</td>
                <td>
                  <Time ms={row.lastMs} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {others.length > 0 && (
        <p class="quiet">
          Also noticed, nothing lost by it:{" "}
          {others
            .map((row) => `${row.source} ${KINDS[row.kind] ?? row.kind} ×${count(Math.max(1, row.count))}`)
            .join(", ")}
          .
        </p>
      )}
    </div>
  );
}

/** The sources' health, what was lost, and the daemon itself. */
export function Watch() {
  const now = health.value;
  return (
    <Panel id="watch" title="What is being watched">
      {now === null ? (
        <Waiting />
      ) : (
        <>
          <ul class="sources">
            {now.sources.map((source) => (
              <Source key={source.source} source={source} />
            ))}
          </ul>
          <Ledger now={now} />
          <dl class="facts">
            <div>
              <dt>Events stored</dt>
              <dd>
                {count(now.counts.audit)} audit, {count(now.counts.docker)} Docker, {count(now.counts.sshd)}{" "}
                sshd ({bytes(now.counts.bytes)})
              </dd>
            </div>
            <div>
              <dt>Rules</dt>
              <dd>
                {plural(now.facts.rules.loaded, "rule")} at work
                {now.facts.rules.refused > 0 && (
                  <strong class="warn">
                    , {count(now.facts.rules.refused)} refused: <code>dockwarden rules check</code>
                  </strong>
                )}
              </dd>
            </div>
            <div>
              <dt>Notifications</dt>
              <dd>
                {now.facts.deliveries.pending === 0
                  ? "none waiting"
                  : `${count(now.facts.deliveries.pending)} waiting`}
                {now.facts.deliveries.dead > 0 && (
                  <strong class="warn">
                    , {count(now.facts.deliveries.dead)} given up: <code>dockwarden doctor</code>
                  </strong>
                )}
              </dd>
            </div>
            <div>
              <dt>Daemon</dt>
              <dd>
                {now.facts.version}, started <Time ms={now.facts.startedMs} />, database{" "}
                <code>{now.facts.database}</code>
              </dd>
            </div>
          </dl>
        </>
      )}
    </Panel>
  );
}
