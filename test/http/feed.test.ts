import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openFeed } from "../../src/http/feed.ts";
import type { Change } from "../../src/ports/feed.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("tells the first change at once and joins those that follow", () => {
  using feed = openFeed(100);
  const told: Change[] = [];
  feed.subscribe((change) => told.push(change));

  feed.publish({ sources: ["audit"], alerts: 1 });
  feed.publish({ sources: ["sshd"], alerts: 2 });
  feed.publish({ sources: ["audit", "sshd"], alerts: 3 });
  const atOnce = [...told];
  vi.advanceTimersByTime(100);

  expect(atOnce).toEqual([{ sources: ["audit"], alerts: 1 }]);
  expect(told.slice(1)).toEqual([{ sources: ["sshd", "audit"], alerts: 5 }]);
});

it("is silent where nothing changed, and after it was disposed", () => {
  using feed = openFeed(100);
  const told: Change[] = [];
  const subscription = feed.subscribe((change) => told.push(change));

  feed.publish({ sources: [], alerts: 0 });
  subscription[Symbol.dispose]();
  feed.publish({ sources: ["docker"], alerts: 1 });
  vi.advanceTimersByTime(1000);

  expect(told).toEqual([]);
});
