import { dlopen } from "node:ffi";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { notifySystemd, watchdogIntervalMs } from "../../src/app/notify.ts";

const opened: Disposable[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one[Symbol.dispose]();
});

/** What systemd has at the other end: a Unix datagram socket, read without waiting. */
function openManager(name: string): { readonly read: () => string | null } {
  const library = dlopen("libc.so.6", {
    socket: { arguments: ["i32", "i32", "i32"], return: "i32" },
    bind: { arguments: ["i32", "buffer", "u32"], return: "i32" },
    recv: { arguments: ["i32", "buffer", "u64", "i32"], return: "i64" },
    close: { arguments: ["i32"], return: "i32" },
  });
  const { socket, bind, recv, close } = library.functions;
  const descriptor = socket(1, 2, 0);
  const address = Buffer.concat([Buffer.from([1, 0]), Buffer.from(name.replace(/^@/, "\0"))]);
  expect(bind(descriptor, address, address.length)).toBe(0);
  opened.push({
    [Symbol.dispose]() {
      close(descriptor);
      library[Symbol.dispose]();
    },
  });
  return {
    read() {
      const text = Buffer.alloc(4096);
      const length = Number(recv(descriptor, text, BigInt(text.length), 0x40));
      return length < 0 ? null : text.toString("utf8", 0, length);
    },
  };
}

describe("notifySystemd", () => {
  it("hands the text to a socket with a path", () => {
    const directory = mkdtempSync(join(tmpdir(), "dockwarden-"));
    const path = join(directory, "notify");
    const manager = openManager(path);

    const isSent = notifySystemd("READY=1\nSTATUS=né", { NOTIFY_SOCKET: path });

    expect(isSent).toBe(true);
    expect(manager.read()).toBe("READY=1\nSTATUS=né");
    expect(manager.read()).toBe(null);
    rmSync(directory, { recursive: true });
  });

  it("hands it to an abstract socket", () => {
    const name = `@dockwarden-test-${process.pid}`;
    const manager = openManager(name);

    const isSent = notifySystemd("WATCHDOG=1", { NOTIFY_SOCKET: name });

    expect(isSent).toBe(true);
    expect(manager.read()).toBe("WATCHDOG=1");
  });

  it.each([
    ["nobody asks", {}],
    ["nobody is there", { NOTIFY_SOCKET: "/nonexistent/notify" }],
    ["the address is of another kind", { NOTIFY_SOCKET: "vsock:2:1234" }],
    ["the path is longer than a socket's can be", { NOTIFY_SOCKET: `/${"x".repeat(200)}` }],
  ])("answers false where %s", (_, env) => {
    expect(notifySystemd("READY=1", env)).toBe(false);
  });
});

describe("watchdogIntervalMs", () => {
  it.each([
    [{}, null],
    [{ WATCHDOG_USEC: "30000000" }, 15_000],
    [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "42" }, 15_000],
    [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "43" }, null],
    [{ WATCHDOG_USEC: "0" }, null],
    [{ WATCHDOG_USEC: "soon" }, null],
  ])("of %j is %j", (env, intervalMs) => {
    expect(watchdogIntervalMs(env, 42)).toBe(intervalMs);
  });
});
