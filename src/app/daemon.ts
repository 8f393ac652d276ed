import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { tellingEdits } from "../alerts/resolution.ts";
import { readSettings } from "../config/settings.ts";
import { createChannels } from "../deliveries/channels/index.ts";
import { runOutbox } from "../deliveries/outbox.ts";
import { createWake } from "../deliveries/wake.ts";
import { metasOf, type Ruleset } from "../findings/ruleset.ts";
import { openFeed } from "../http/feed.ts";
import { openHttp } from "../http/server.ts";
import { DockwardenError } from "../model/fault.ts";
import { epochMs } from "../model/ids.ts";
import type { Settings } from "../model/settings.ts";
import type { Clock } from "../ports/source.ts";
import { openStore } from "../store/sqlite/store.ts";
import { runIntake } from "./intake.ts";
import { holdKernelFiles } from "./kernel-files.ts";
import type { Logger } from "./log.ts";
import { notifySystemd, watchdogIntervalMs } from "./notify.ts";
import { scheduleRetention } from "./retention.ts";
import { loadRules } from "./rules.ts";
import { openSources } from "./sources.ts";
import { openStages } from "./stages.ts";
import { version } from "./version.ts";

/** What the daemon is told from outside. */
export interface DaemonSignals {
  /** Ends it for good. */
  readonly stop: AbortSignal;
  /** Resolves when the configuration is to be read again; called once per wait. */
  readonly reload: (signal: AbortSignal) => Promise<void>;
}

/** Everything that comes from files and may be wrong; read as a whole before anything is replaced. */
interface Plan {
  readonly settings: Settings;
  readonly ruleset: Ruleset;
  readonly refusedRules: number;
}

const RESTART_FIRST_MS = 500;
const RESTART_MOST_MS = 30_000;
const SILENCES_MS = 1000;

async function makePlan(config: string | null, log: Logger): Promise<Plan> {
  const settings = await readSettings(config);
  const { ruleset, errors } = loadRules(settings);
  for (const error of errors) log.warn({ rule: error }, "a rule is refused; the others are loaded");
  return { settings, ruleset, refusedRules: errors.length };
}

/**
 * The daemon: follows, joins, detects, alerts, serves the page, until `stop`. On reload a new plan replaces the old one
 * when it is whole; a wrong one is reported and the old one stays. When the disk is full it goes back to the last
 * commit and tries again.
 * @throws DockwardenError for what only a person can mend (configuration at the first start, a port that is taken).
 */
export async function runDaemon(
  config: string | null,
  signals: DaemonSignals,
  clock: Clock,
  log: Logger,
): Promise<void> {
  let plan = await makePlan(config, log);
  let restartMs = RESTART_FIRST_MS;
  while (!signals.stop.aborted) {
    const reloading = new AbortController();
    const scope = AbortSignal.any([signals.stop, reloading.signal]);
    const reloaded = waitForPlan(config, signals, scope, log).then((next) => {
      if (next !== null) {
        plan = next;
        reloading.abort();
      }
    });
    const startedMs = clock.now();
    try {
      await serve(plan, scope, clock, log);
    } catch (error) {
      if (!(error instanceof DockwardenError && error.retry)) throw error;
      if (clock.now() - startedMs > RESTART_MOST_MS) restartMs = RESTART_FIRST_MS;
      log.error(
        { err: error.message, afterMs: restartMs },
        "going back to the last commit, and on from there",
      );
      await sleep(restartMs, undefined, { signal: signals.stop }).catch(() => {});
      restartMs = Math.min(restartMs * 2, RESTART_MOST_MS);
    } finally {
      reloading.abort();
      await reloaded;
    }
  }
}

/** Waits for reloads until one brings a whole plan; null when the scope ended first. */
async function waitForPlan(
  config: string | null,
  signals: DaemonSignals,
  scope: AbortSignal,
  log: Logger,
): Promise<Plan | null> {
  while (!scope.aborted) {
    await signals.reload(scope);
    if (scope.aborted) return null;
    notifySystemd(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    try {
      const plan = await makePlan(config, log);
      // A rule set with refused rules would silently watch less than before.
      if (plan.refusedRules === 0) return plan;
      log.error({ refused: plan.refusedRules }, "rules are refused: the old configuration stays");
    } catch (error) {
      log.error({ err: (error as Error).message }, "the configuration is refused: the old one stays");
    }
    notifySystemd("READY=1");
  }
  return null;
}

/** Opens everything from the store outward, runs until `signal`, closes in reverse. */
async function serve(
  { settings, ruleset, refusedRules }: Plan,
  signal: AbortSignal,
  clock: Clock,
  log: Logger,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  stack.use(holdKernelFiles());
  const store = stack.use(openStore(settings.database));
  log.info({ database: settings.database, rules: metasOf(ruleset).length }, "starting");

  const channels = createChannels(settings.channels, clock);
  for (const channel of channels) stack.use(channel);
  const { pipeline, alerter } = openStages(store, ruleset, settings, clock.now(), true);
  const sources = openSources(settings, clock, store);
  const feed = stack.use(openFeed());
  const startedMs = clock.now();
  const http = stack.use(
    await openHttp({
      listen: settings.http.listen,
      publicUrl: settings.http.publicUrl,
      reads: store,
      edits: tellingEdits(store),
      settings: store,
      health: () => sources.map((source) => source.health()),
      facts: () => ({
        version: version(),
        hostname: hostname(),
        startedMs,
        database: settings.database,
        rules: { loaded: metasOf(ruleset).length, refused: refusedRules },
        deliveries: store.deliveryCounts(),
      }),
      feed,
      clock,
      log,
    }),
  );
  log.info({ url: http.url }, "the page is served");
  if (http.setupLink !== null)
    log.info({ link: http.setupLink }, "set the page's password by this link, once");

  const wake = createWake();
  const outbox = runOutbox({
    outbox: store,
    channels,
    clock,
    signal: stop,
    wake,
    host: hostname(),
    pageUrl: settings.http.publicUrl ?? http.url,
    onOutcome: (delivery, outcome) => {
      if (outcome.kind === "delivered")
        log.info({ channel: delivery.channel, delivery: delivery.id }, "delivered");
      else
        log.warn(
          {
            channel: delivery.channel,
            delivery: delivery.id,
            attempts: delivery.attempts,
            reason: outcome.reason,
          },
          outcome.kind === "retry" ? "not delivered yet" : "the receiver refuses it",
        );
    },
    onFault: (error) => log.error({ err: (error as Error).message }, "the outbox could not be saved"),
  });

  stack.use(scheduleRetention(store, settings.retention, clock, log));

  let turnedMs = clock.now();
  const watchdogMs = watchdogIntervalMs();
  if (watchdogMs !== null) {
    // Pinged only while turns go on: a hung commit or a dead loop lets systemd start us again.
    const timer = setInterval(() => {
      if (clock.now() - turnedMs < watchdogMs * 2) notifySystemd("WATCHDOG=1");
    }, watchdogMs);
    stack.defer(() => clearInterval(timer));
  }

  const states = new Map<string, string>();
  let silencesMs = 0;
  const intake = runIntake({
    sources,
    positionOf: (source) => store.position(source),
    pipeline,
    clock,
    signal: stop,
    onTurn: (turn, lines) => {
      turnedMs = clock.now();
      if (lines.length > 0 || turn.alerts > 0)
        feed.publish({ sources: [...new Set(lines.map(({ source }) => source))], alerts: turn.alerts });
      if (turn.deliveries > 0) wake.wake();
      if (turnedMs - silencesMs > SILENCES_MS) {
        silencesMs = turnedMs;
        alerter.setSilences(store.silences(epochMs(turnedMs)));
        tellHealth();
      }
    },
  });
  function tellHealth(): void {
    for (const source of sources) {
      const { state, detail, mend } = source.health();
      if (states.get(source.name) === state) continue;
      states.set(source.name, state);
      if (state === "down")
        log.warn({ source: source.name, detail, mend }, "a source is down; it is tried again");
      else if (state === "up") log.info({ source: source.name, detail }, "a source is up");
    }
  }

  notifySystemd("READY=1");
  stack.defer(() => void notifySystemd("STOPPING=1"));
  try {
    // Whichever breaks ends the other: half a daemon is worse than a restart.
    await Promise.all([
      intake.catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
      outbox.catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ]);
  } finally {
    failed.abort();
    await Promise.allSettled([intake, outbox]);
    log.info("stopped");
  }
}
