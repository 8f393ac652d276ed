import fc from "fast-check";
import { expect, it } from "vitest";
import { afterAttempt, backoffMs } from "../../src/deliveries/retry.ts";
import type { Delivery } from "../../src/model/alert.ts";
import { deliveryId, epochMs } from "../../src/model/ids.ts";

const DAY = 24 * 3_600_000;
const delivery: Delivery = {
  id: deliveryId("d1"),
  channel: "hook",
  kind: "alert",
  alerts: [],
  state: "pending",
  attempts: 0,
  nextMs: epochMs(0),
  createdMs: epochMs(0),
  deliveredMs: null,
  lastError: null,
};

it("waits from one second to a bound that doubles from 5 s to an hour", () => {
  expect([1, 2, 3, 10, 11, 1000].map((attempts) => backoffMs(attempts, 1))).toEqual([
    5000, 10_000, 20_000, 2_560_000, 3_600_000, 3_600_000,
  ]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempts, random) => {
        expect(backoffMs(attempts, random)).toBeGreaterThanOrEqual(1000);
        expect(backoffMs(attempts, random)).toBeLessThanOrEqual(3_600_000);
      },
    ),
  );
});

it("honours what the receiver asks for, up to a day", () => {
  const retry = (afterMs: number) =>
    afterAttempt(delivery, { kind: "retry", afterMs, reason: "busy" }, epochMs(0), 0).nextMs;

  expect(retry(120_000)).toBe(120_000);
  expect(retry(10 * DAY)).toBe(DAY);
});

it("gives up three days after the delivery was made, and says why", () => {
  let current = delivery;
  while (current.state === "pending")
    current = afterAttempt(current, { kind: "retry", afterMs: null, reason: "HTTP 503" }, current.nextMs, 1);

  expect(current).toMatchObject({ state: "dead", lastError: "gave up after 3 days: HTTP 503" });
  expect(current.nextMs).toBeGreaterThan(3 * DAY - 3_600_001);
  expect(current.nextMs).toBeLessThanOrEqual(3 * DAY);
});

it("is dead at once when the receiver refuses for good", () => {
  expect(afterAttempt(delivery, { kind: "rejected", reason: "HTTP 410" }, epochMs(5), 0)).toMatchObject({
    state: "dead",
    attempts: 1,
    lastError: "HTTP 410",
  });
});
