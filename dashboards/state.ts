import { effect, signal } from "@preact/signals";
import type {
  AlertDetail,
  AlertView,
  AttributionDetail,
  DockerView,
  Health,
  LiveChange,
  LiveHello,
  LoginView,
  SourceHealthView,
} from "../src/http/api.ts";
import { coalesced, liveList } from "./lists.ts";
import { read, write } from "./requests.ts";
import { setHostTime } from "./times.ts";

const HEALTH_EVERY_MS = 15_000;
/** Who did it is found out seconds after a Docker event, when the client's records arrive. */
const UNSETTLED_EVERY_MS = 2000;

/** Whether the page hears of what happens as it happens. */
export type Connection = "connecting" | "live" | "lost";

export const connection = signal<Connection>("connecting");
export const health = signal<Health | null>(null);
export const healthFault = signal<string | null>(null);
export const alerts = liveList<AlertView>("alerts", (row) => row.id, { state: "open" });
export const logins = liveList<LoginView>("logins", (row) => row.ref, {});
export const docker = liveList<DockerView>("docker", (row) => row.ref, {});
/** What assistive technology reads out: one sentence about what is new. */
export const announcement = signal("");
/** Opened proofs by alert id or event ref; `"wait"` while they are read, an Error where that failed. */
export const proofs = signal<ReadonlyMap<string, AlertDetail | AttributionDetail | "wait" | Error>>(
  new Map(),
);

const readHealth = async (): Promise<void> => {
  try {
    const answer = await read<Health>("health");
    setHostTime(answer.nowMs);
    health.value = answer;
    healthFault.value = null;
  } catch (error) {
    healthFault.value = (error as Error).message;
  }
};
const refreshHealth = coalesced(readHealth);

function setProof(key: string, proof: AlertDetail | AttributionDetail | "wait" | Error | null): void {
  const next = new Map(proofs.value);
  if (proof === null) next.delete(key);
  else next.set(key, proof);
  proofs.value = next;
}

/** Opens or closes the proof of an alert (`alerts`) or of an event (`attribution`). */
export async function toggleProof(kind: "alerts" | "attribution", key: string): Promise<void> {
  if (proofs.value.has(key)) {
    setProof(key, null);
    return;
  }
  setProof(key, "wait");
  try {
    const detail = await read<AlertDetail | AttributionDetail>(`${kind}/${encodeURIComponent(key)}`);
    if (proofs.value.has(key)) setProof(key, detail);
  } catch (error) {
    setProof(key, error as Error);
  }
}

/** Acknowledges, resolves or reopens. @throws Error with the server's words. */
export async function changeAlert(id: string, verb: "ack" | "resolve" | "reopen"): Promise<void> {
  const { alert } = await write<AlertDetail>(`alerts/${encodeURIComponent(id)}/${verb}`);
  alerts.rows.value = (alerts.rows.value ?? []).map((row) => (row.id === id ? alert : row));
  const done = { ack: "acknowledged", resolve: "resolved", reopen: "open again" }[verb];
  announcement.value = `${alert.title}: ${done}.`;
  refreshHealth();
}

function refreshAll(): void {
  refreshHealth();
  alerts.refresh();
  logins.refresh();
  docker.refresh();
}

function onChange(change: LiveChange): void {
  if (change.alerts > 0) {
    alerts.refresh();
    refreshHealth();
  }
  if (change.sources.includes("sshd")) logins.refresh();
  if (change.sources.includes("docker")) docker.refresh();
}

/** Follows the live stream; the browser reconnects by itself, and what was missed meanwhile is read anew. */
export function connect(): void {
  const stream = new EventSource("/api/v1/live");
  const on = (name: string, listener: (data: unknown) => void): void =>
    stream.addEventListener(name, (event) => listener(JSON.parse((event as MessageEvent<string>).data)));
  on("hello", (data) => {
    connection.value = "live";
    if ((data as LiveHello).missed) refreshAll();
  });
  on("change", (data) => onChange(data as LiveChange));
  on("sources", (data) => {
    const known = health.value;
    if (known !== null) health.value = { ...known, sources: data as SourceHealthView[] };
  });
  stream.addEventListener("error", () => {
    connection.value = "lost";
    // A refusal (signed out, a restart with another password) ends the stream for good; asking tells which it was.
    if (stream.readyState === EventSource.CLOSED) {
      void readHealth();
      setTimeout(connect, 5000);
    }
  });
}

/** Starts reading; to be called once. */
export function start(): void {
  refreshAll();
  connect();
  setInterval(refreshHealth, HEALTH_EVERY_MS);
  setInterval(() => {
    if (docker.rows.value?.some((row) => row.who !== null && !row.who.final) === true) docker.refresh();
  }, UNSETTLED_EVERY_MS);
  effect(() => {
    const added = (alerts.rows.value ?? []).filter((row) => alerts.fresh.value.has(row.id));
    const first = added[0];
    if (first !== undefined)
      announcement.value =
        added.length === 1
          ? `New ${first.level} alert: ${first.title}.`
          : `${added.length} new alerts, the latest: ${first.title}.`;
  });
}
