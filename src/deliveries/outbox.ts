import type { Delivery, Outcome } from "../model/alert.ts";
import { type DeliveryId, type EpochMs, epochMs } from "../model/ids.ts";
import type { Channel, Notification } from "../ports/channel.ts";
import type { Clock } from "../ports/source.ts";
import type { Outbox } from "../ports/store.ts";
import { afterAttempt } from "./retry.ts";
import type { Wake } from "./wake.ts";

/** Attempts at one receiver at the same time. */
const CONCURRENCY = 4;
/** Another process (`alerts resolve`, `notify`) may have added something: look this often. */
const LOOK_MS = 1000;
/** Not even a receiver that never answers holds an attempt longer than this. */
const ATTEMPT_MS = 150_000;
const ORPHAN_PAGE = 1000;

export interface OutboxParts {
  readonly outbox: Outbox;
  readonly channels: readonly Channel[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whoever adds deliveries wakes the workers at once. */
  readonly wake: Wake;
  readonly host: string;
  /** Where the page is reached from outside; null where nowhere. */
  readonly pageUrl: string | null;
  /** Told of each attempt: for counters and the log. */
  readonly onOutcome?: (delivery: Delivery, outcome: Outcome) => void;
  /** Told when the store refuses (a full disk); it is tried again. */
  readonly onFault?: (error: unknown) => void;
  readonly random?: () => number;
}

/**
 * Sends what is due, each channel apart so that a dead receiver delays nobody else, until `signal` aborts. All state is
 * in the outbox: killed between sending and saving, it sends again under the same id.
 */
export async function runOutbox(parts: OutboxParts): Promise<void> {
  buryOrphans(parts);
  await Promise.all(parts.channels.map((channel) => new ChannelWorker(parts, channel).run()));
}

/** What was meant for a channel that is not configured any more is dead, and says so. */
function buryOrphans({ outbox, channels, clock }: OutboxParts): void {
  const names = new Set(channels.map(({ name }) => name));
  for (let untilMs: EpochMs = epochMs(clock.now() + 1); ; ) {
    const page = outbox.deliveries({ state: "pending", untilMs, limit: ORPHAN_PAGE });
    for (const delivery of page)
      if (!names.has(delivery.channel))
        outbox.save({ ...delivery, state: "dead", lastError: "its channel is not configured any more" });
    const oldest = page.at(-1);
    if (oldest === undefined || page.length < ORPHAN_PAGE) return;
    // Several share a time: go on with that time unless the whole page has it.
    const nextMs = oldest.createdMs < (page[0]?.createdMs ?? 0) ? oldest.createdMs + 1 : oldest.createdMs;
    untilMs = epochMs(nextMs);
  }
}

class ChannelWorker {
  readonly #parts: OutboxParts;
  readonly #channel: Channel;
  readonly #inFlight = new Map<DeliveryId, Promise<void>>();
  /** Attempts whose end the store has not taken yet: they must not be repeated. */
  readonly #unsaved = new Map<DeliveryId, Delivery>();

  constructor(parts: OutboxParts, channel: Channel) {
    this.#parts = parts;
    this.#channel = channel;
  }

  async run(): Promise<void> {
    const { signal, wake } = this.#parts;
    while (!signal.aborted) await wake.wait(this.#turn(), signal);
    await Promise.allSettled(this.#inFlight.values());
  }

  /** Starts what can be started. @returns how long there is nothing to do, in milliseconds. */
  #turn(): number {
    const { outbox, clock } = this.#parts;
    try {
      for (const delivery of this.#unsaved.values()) this.#save(delivery);
      const nowMs = epochMs(clock.now());
      const room = CONCURRENCY - this.#inFlight.size;
      if (room <= 0 || this.#unsaved.size > 0) return LOOK_MS;
      const due = outbox.due(nowMs, CONCURRENCY, this.#channel.name);
      const startable = due.filter(({ id }) => !this.#inFlight.has(id)).slice(0, room);
      for (const delivery of startable) this.#start(delivery);
      const nextMs = this.#inFlight.size > 0 ? null : outbox.nextDueMs(this.#channel.name);
      return nextMs === null ? LOOK_MS : Math.min(LOOK_MS, Math.max(0, nextMs - nowMs));
    } catch (error) {
      this.#parts.onFault?.(error);
      return LOOK_MS;
    }
  }

  #start(delivery: Delivery): void {
    const attempt = this.#attempt(delivery).then(() => {
      this.#inFlight.delete(delivery.id);
      this.#parts.wake.wake();
    });
    this.#inFlight.set(delivery.id, attempt);
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { clock, signal, onOutcome, random = Math.random } = this.#parts;
    const limit = AbortSignal.timeout(ATTEMPT_MS);
    let outcome: Outcome;
    try {
      const notification = this.#notification(delivery);
      outcome =
        notification.alerts.length === 0 && delivery.kind !== "test"
          ? { kind: "rejected", reason: "its alerts are not stored any more" }
          : await this.#channel.send(notification, AbortSignal.any([signal, limit]));
    } catch (error) {
      outcome = { kind: "retry", afterMs: null, reason: `unexpected: ${(error as Error).message}` };
    }
    // Cut short by our own end: no fault of the receiver, the next start tries again.
    if (signal.aborted && outcome.kind === "retry") return;
    const after = afterAttempt(delivery, outcome, epochMs(clock.now()), random());
    this.#unsaved.set(delivery.id, after);
    try {
      this.#save(after);
    } catch (error) {
      this.#parts.onFault?.(error);
    }
    onOutcome?.(after, outcome);
  }

  #save(delivery: Delivery): void {
    this.#parts.outbox.save(delivery);
    this.#unsaved.delete(delivery.id);
  }

  #notification(delivery: Delivery): Notification {
    const { outbox, host, pageUrl } = this.#parts;
    return {
      id: delivery.id,
      kind: delivery.kind,
      alerts: delivery.alerts.map((id) => outbox.alert(id)).filter((alert) => alert !== null),
      host,
      createdMs: delivery.createdMs,
      pageUrl,
    };
  }
}
