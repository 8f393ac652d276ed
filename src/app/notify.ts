const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_NOSIGNAL = 0x4000;
/** `sizeof(sun_path)` (linux/un.h). */
const SUN_PATH_BYTES = 108;

/**
 * Tells systemd about this process: `READY=1`, `RELOADING=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=…`; several lines at
 * once are allowed. Node has no Unix datagram socket, so the C library's is called through `node:ffi`: systemd then sees
 * the message come from the main process, and `NotifyAccess=main` suffices. The alternative, a `systemd-notify` child
 * for each message, wants `NotifyAccess=all` and costs 22 ms; this costs 0.5 ms.
 * @returns false where nobody asked to be told (no `NOTIFY_SOCKET`) or the message could not be handed over.
 * @see sd_notify(3)
 */
export function notifySystemd(state: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const path = env["NOTIFY_SOCKET"];
  if (path === undefined || !/^[/@]./.test(path)) return false;
  // `@` stands for the NUL that begins an abstract name.
  const name = Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : path);
  if (name.length > SUN_PATH_BYTES) return false;
  const address = Buffer.alloc(2 + name.length);
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX;
  name.copy(address, 2);
  const text = Buffer.from(state);

  // Read here, not imported: the module is experimental and says so when it is loaded, and most runs need none of it.
  using library = process.getBuiltinModule("node:ffi").dlopen("libc.so.6", {
    socket: { arguments: ["i32", "i32", "i32"], return: "i32" },
    sendto: { arguments: ["i32", "buffer", "u64", "i32", "buffer", "u32"], return: "i64" },
    close: { arguments: ["i32"], return: "i32" },
  });
  const { socket, sendto, close } = library.functions;
  const descriptor = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  if (descriptor < 0) return false;
  try {
    const sent = sendto(descriptor, text, BigInt(text.length), MSG_NOSIGNAL, address, address.length);
    return sent === BigInt(text.length);
  } finally {
    close(descriptor);
  }
}

/**
 * How often `WATCHDOG=1` is due: half of what systemd waits for. Null where this process is not watched.
 * @see sd_watchdog_enabled(3)
 */
export function watchdogIntervalMs(
  env: NodeJS.ProcessEnv = process.env,
  ownPid: number = process.pid,
): number | null {
  const waitedUs = Number(env["WATCHDOG_USEC"]);
  const watchedPid = env["WATCHDOG_PID"];
  if (!Number.isFinite(waitedUs) || waitedUs <= 0) return null;
  if (watchedPid !== undefined && Number(watchedPid) !== ownPid) return null;
  return waitedUs / 2000;
}
