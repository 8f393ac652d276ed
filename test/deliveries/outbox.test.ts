import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pendingDelivery } from "../../src/alerts/pacing.ts";
import { openWebhook } from "../../src/deliveries/channels/webhook.ts";
import { type OutboxParts, runOutbox } from "../../src/deliveries/outbox.ts";
import { createWake } from "../../src/deliveries/wake.ts";
import type { Delivery, Outcome } from "../../src/model/alert.ts";
import { type DeliveryId, epochMs } from "../../src/model/ids.ts";
import type { Channel } from "../../src/ports/channel.ts";
import type { Store } from "../../src/ports/store.ts";
import { openStore } from "../../src/store/sqlite/store.ts";
import { batchOf } from "../alerts/store-batch.ts";
import { SOCKET_ALERT } from "./alert-fixtures.ts";
import { openReceiver } from "./receiver.ts";

let dir: string;
let db: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "dw-outbox-"));
  db = join(dir, "dockwarden.db");
});
afterEach(() => rmSync(dir, { recursive: true }));

const real = { now: () => Date.now() };

function fill(store: Store, channels: readonly string[], count = 1, nowMs = Date.now()): readonly Delivery[] {
  const deliveries = channels.flatMap((channel) =>
    Array.from({ length: count }, (_, sequence) =>
      pendingDelivery("alert", channel, [SOCKET_ALERT.id], sequence, epochMs(nowMs)),
    ),
  );
  store.commit(batchOf({ alerts: [SOCKET_ALERT], deliveries }));
  return deliveries;
}

function webhook(name: string, url: string, clock = real): Channel {
  return openWebhook({ name, type: "webhook", url, secretFile: null, ca: null, timeoutMs: 20_000 }, clock);
}

/** Runs the workers; `until` is resolved when so many outcomes have come. */
function start(store: Store, channels: readonly Channel[], changes: Partial<OutboxParts> = {}) {
  const stop = new AbortController();
  const wake = createWake();
  const outcomes: (readonly [Delivery, Outcome])[] = [];
  let check = (): void => {};
  const running = runOutbox({
    outbox: store,
    channels,
    clock: real,
    signal: stop.signal,
    wake,
    host: "web-01",
    pageUrl: null,
    onOutcome: (delivery, outcome) => {
      outcomes.push([delivery, outcome]);
      check();
    },
    ...changes,
  });
  return {
    wake,
    outcomes,
    async until(count: number) {
      const { promise, resolve } = Promise.withResolvers<void>();
      check = () => {
        if (outcomes.length >= count) resolve();
      };
      check();
      await promise;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

const stateOf = (store: Store, id: DeliveryId | undefined) =>
  store.deliveries({ limit: 100_000 }).find((delivery) => delivery.id === id);

describe("the workers", () => {
  it("send what is due and record it", async () => {
    using store = openStore(db);
    const [delivery] = fill(store, ["hook"]);
    await using receiver = await openReceiver((_, response) => response.end());
    await using workers = start(store, [webhook("hook", receiver.url)]);

    await workers.until(1);

    expect(receiver.calls[0]?.headers["webhook-id"]).toBe(delivery?.id);
    expect(stateOf(store, delivery?.id)).toMatchObject({ state: "delivered", attempts: 1, lastError: null });
  });

  it("start at once when woken", async () => {
    using store = openStore(db);
    await using receiver = await openReceiver((_, response) => response.end());
    await using workers = start(store, [webhook("hook", receiver.url)]);

    fill(store, ["hook"]);
    workers.wake.wake();
    await workers.until(1);

    expect(receiver.calls).toHaveLength(1);
  });

  it("let no dead receiver delay another, however much waits for it", async () => {
    using store = openStore(db);
    fill(store, ["dead"], 200, Date.now() - 60_000);
    fill(store, ["alive"], 20);
    await using dead = await openReceiver(() => {});
    await using alive = await openReceiver((_, response) => response.end());
    await using workers = start(store, [webhook("dead", dead.url), webhook("alive", alive.url)]);

    await workers.until(20);

    expect(workers.outcomes.map(([{ channel }]) => channel)).toEqual(
      Array.from({ length: 20 }, () => "alive"),
    );
    expect(dead.calls.length).toBeLessThanOrEqual(4);
  });

  it("try again under the same id when it is time", async () => {
    using store = openStore(db);
    let now = Date.now();
    const clock = { now: () => now };
    const [delivery] = fill(store, ["hook"], 1, now);
    await using receiver = await openReceiver((_, response, at) =>
      response.writeHead(at === 0 ? 503 : 200).end(),
    );
    await using workers = start(store, [webhook("hook", receiver.url, clock)], { clock, random: () => 1 });

    await workers.until(1);
    expect(stateOf(store, delivery?.id)).toMatchObject({
      state: "pending",
      nextMs: now + 5000,
      lastError: "HTTP 503",
    });
    now += 5000;
    workers.wake.wake();
    await workers.until(2);

    expect(receiver.calls.map(({ headers }) => headers["webhook-id"])).toEqual([delivery?.id, delivery?.id]);
    expect(stateOf(store, delivery?.id)).toMatchObject({ state: "delivered", attempts: 2 });
  });

  it("count no attempt that our own end cut short", async () => {
    using store = openStore(db);
    const [delivery] = fill(store, ["hook"]);
    const { promise: arrived, resolve } = Promise.withResolvers<void>();
    await using receiver = await openReceiver(() => resolve());
    {
      await using _workers = start(store, [webhook("hook", receiver.url)]);
      await arrived;
    }

    expect(stateOf(store, delivery?.id)).toMatchObject({ state: "pending", attempts: 0 });
  });

  it("bury what was meant for a channel that is gone", async () => {
    using store = openStore(db);
    const [orphan, kept] = fill(store, ["gone", "hook"], 1, Date.now() - 1000);
    await using receiver = await openReceiver((_, response) => response.end());
    await using workers = start(store, [webhook("hook", receiver.url)]);

    await workers.until(1);

    expect(stateOf(store, orphan?.id)).toMatchObject({
      state: "dead",
      lastError: "its channel is not configured any more",
    });
    expect(stateOf(store, kept?.id)?.state).toBe("delivered");
  });

  it("send nothing twice while the store cannot take the outcome", async () => {
    using store = openStore(db);
    const [delivery] = fill(store, ["hook"]);
    let refusals = 2;
    const faults: unknown[] = [];
    const outbox = {
      due: store.due.bind(store),
      nextDueMs: store.nextDueMs.bind(store),
      alert: store.alert.bind(store),
      deliveries: store.deliveries.bind(store),
      deliveryCounts: store.deliveryCounts.bind(store),
      save(saved: Delivery) {
        if (refusals-- > 0) throw new Error("disk full");
        store.save(saved);
        woken.resolve();
      },
    };
    const woken = Promise.withResolvers<void>();
    await using receiver = await openReceiver((_, response) => response.end());
    await using workers = start(store, [webhook("hook", receiver.url)], {
      outbox,
      onFault: (error) => faults.push(error),
    });

    await workers.until(1);
    workers.wake.wake();
    workers.wake.wake();
    await woken.promise;

    expect(receiver.calls).toHaveLength(1);
    expect(faults).toHaveLength(2);
    expect(stateOf(store, delivery?.id)?.state).toBe("delivered");
  });
});

describe("a kill", () => {
  const NODE = join(import.meta.dirname, "../../node_modules/.bin/node");
  const spawnChild = (url: string): ChildProcess =>
    spawn(NODE, [join(import.meta.dirname, "outbox-child.ts"), db, url], {
      stdio: ["ignore", "inherit", "inherit"],
    });

  it("between sending and saving sends again under the same idempotency key", async () => {
    let deliveries: readonly Delivery[];
    {
      using store = openStore(db);
      deliveries = fill(store, ["hook"], 3);
    }
    const killed: string[] = [];
    const after: string[] = [];
    const all = Promise.withResolvers<void>();
    await using receiver = await openReceiver(({ headers }, response) => {
      const key = String(headers["webhook-id"]);
      // The first answer comes too late: its reader is dead.
      if (first.exitCode === null && first.signalCode === null && first.kill("SIGKILL")) killed.push(key);
      else after.push(key);
      response.end();
      if (new Set(after).size === deliveries.length) all.resolve();
    });
    const first = spawnChild(receiver.url);
    await once(first, "exit");

    const second = spawnChild(receiver.url);
    await all.promise;

    const ended = once(second, "exit");
    second.kill("SIGKILL");
    await ended;
    expect(killed.length).toBeGreaterThan(0);
    expect(after).toEqual(expect.arrayContaining(killed));
    expect(new Set(after)).toEqual(new Set(deliveries.map(({ id }) => id)));
  });
});
