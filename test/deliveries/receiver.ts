import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** One call that a receiver got. */
export interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly method: string;
}

/** A real HTTP receiver on loopback. `answer` decides what each call gets. */
export async function openReceiver(
  answer: (call: Call, response: ServerResponse, at: number) => void,
  tls?: { key: string; cert: string },
): Promise<
  AsyncDisposable & { readonly url: string; readonly calls: readonly Call[]; readonly server: Server }
> {
  const calls: Call[] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const call = {
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        method: request.method ?? "",
      };
      calls.push(call);
      answer(call, response, calls.length - 1);
    });
  };
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}/hook`,
    calls,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
