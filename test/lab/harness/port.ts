import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/** A TCP port of 127.0.0.1 that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Whether somebody answers at a TCP port or Unix socket. */
export async function answers(
  target: { readonly port: number } | { readonly path: string },
): Promise<boolean> {
  const socket = "port" in target ? connect(target.port, "127.0.0.1") : connect(target.path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
