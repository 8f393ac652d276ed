import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, it, vi } from "vitest";
import type { SourceHealthView } from "../../src/http/api.ts";
import type { Change, Feed } from "../../src/ports/feed.ts";
import { emptyBatch } from "../../src/store/contract-rows.ts";
import { alertRow } from "./incident.ts";
import { openStand, type Stand, signedInVisitor, type Visitor } from "./stand.ts";

interface Told {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** A live stream over a socket of its own, read as a browser's EventSource would. */
class Stream implements Disposable {
  readonly told: Told[] = [];
  isEnded = false;
  readonly #abort = new AbortController();

  static async open(stand: Stand, visitor: Visitor, lastId?: string): Promise<Stream> {
    const stream = new Stream();
    const response = await fetch(`${stand.server.url}/api/v1/live`, {
      headers: {
        accept: "text/event-stream",
        ...visitor.cookieHeader,
        ...(lastId === undefined ? {} : { "last-event-id": lastId }),
      },
      signal: stream.#abort.signal,
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    void stream.#read(response);
    await stream.next("hello");
    return stream;
  }

  async #read(response: Response): Promise<void> {
    let rest = "";
    try {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const blocks = (rest + chunk).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
          if (fields["event"] !== undefined)
            this.told.push({ id: fields["id"], event: fields["event"], data: JSON.parse(fields["data"]) });
        }
      }
    } catch {
      // Ended by us, or dropped by the server: both end the stream.
    }
    this.isEnded = true;
  }

  /** The newest of that name, once there are `count` of them. */
  async next(event: string, count = 1): Promise<Told> {
    const found = await vi.waitUntil(
      () => {
        const all = this.told.filter((each) => each.event === event);
        return all.length >= count ? all.at(-1) : undefined;
      },
      { timeout: 20_000, interval: 5 },
    );
    return found;
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }
}

it("tells every open page what was committed", async () => {
  await using stand = await openStand();
  const visitor = await signedInVisitor(stand);
  using one = await Stream.open(stand, visitor);
  using two = await Stream.open(stand, visitor);

  stand.feed.publish({ sources: ["sshd", "audit"], alerts: 2 });

  expect((await one.next("change")).data).toEqual({ sources: ["sshd", "audit"], alerts: 2 });
  expect((await two.next("change")).data).toEqual({ sources: ["sshd", "audit"], alerts: 2 });
});

it("tells when a source goes down, without any commit", async () => {
  await using stand = await openStand();
  using stream = await Stream.open(stand, await signedInVisitor(stand));
  await stream.next("sources");
  const [audit] = stand.health;
  if (audit !== undefined) stand.health[0] = { ...audit, state: "down", detail: "gone", mend: "start it" };

  const { data } = await stream.next("sources", 2);

  expect((data as SourceHealthView[])[0]).toMatchObject({ state: "down", mend: "start it" });
});

it("tells of an alert that another page acknowledged", async () => {
  await using stand = await openStand();
  const visitor = await signedInVisitor(stand);
  stand.store.commit({ ...emptyBatch, alerts: [alertRow("al-1", Date.now())] });
  using stream = await Stream.open(stand, visitor);

  await visitor.ask("/api/v1/alerts/al-1/ack", {
    method: "POST",
    headers: { "csrf-token": await visitor.csrfToken() },
  });

  expect((await stream.next("change")).data).toEqual({ sources: [], alerts: 1 });
});

it("says to who comes back whether something was missed", async () => {
  await using stand = await openStand();
  const visitor = await signedInVisitor(stand);
  using first = await Stream.open(stand, visitor);
  // The sources are told once, after the first look at them.
  await first.next("sources");
  stand.feed.publish({ sources: ["audit"], alerts: 0 });
  const { id } = await first.next("change");

  using upToDate = await Stream.open(stand, visitor, id);
  stand.feed.publish({ sources: ["audit"], alerts: 0 });
  await first.next("change", 2);
  using behind = await Stream.open(stand, visitor, id);
  using stranger = await Stream.open(stand, visitor, "of-another-start-1");

  const missed = [upToDate, behind, stranger, first].map(
    ({ told: [hello] }) => (hello?.data as { missed: boolean } | undefined)?.missed,
  );
  expect(missed).toEqual([false, true, true, true]);
});

it("ends the stream of a browser that signs out, and keeps the others", async () => {
  await using stand = await openStand();
  const leaver = await signedInVisitor(stand);
  const stayer = await signedInVisitor(stand);
  using left = await Stream.open(stand, leaver);
  using stayed = await Stream.open(stand, stayer);

  await leaver.post("/logout", { _csrf: await leaver.csrfToken() });
  stand.feed.publish({ sources: ["audit"], alerts: 0 });
  await stayed.next("change");
  await vi.waitUntil(() => left.isEnded, { timeout: 20_000 });

  expect(left.told.map(({ event }) => event)).not.toContain("change");
  expect(stayed.isEnded).toBe(false);
});

/** Asks for the stream and then reads nothing. */
async function slowSocket(stand: Stand, visitor: Visitor): Promise<Socket> {
  const { hostname, port, host } = new URL(stand.server.url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, "connect");
  socket.on("error", () => {});
  socket.write(
    `GET /api/v1/live HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\nCookie: ${visitor.cookieHeader["cookie"]}\r\n\r\n`,
  );
  await once(socket, "readable");
  socket.pause();
  return socket;
}

it("drops a client that does not read, and goes on serving the others", async () => {
  let tell: (change: Change) => void = () => {};
  const feed: Feed = {
    subscribe(listener) {
      tell = listener;
      return { [Symbol.dispose]: () => {} };
    },
  };
  await using stand = await openStand({ feed });
  const visitor = await signedInVisitor(stand);
  const slow = await slowSocket(stand, visitor);
  using quick = await Stream.open(stand, visitor);
  const isDropped = () => stand.logged.some(({ text }) => text === "a page read too slowly and was dropped");

  // A megabyte each: what the kernel holds for the slow one is soon full.
  const large: Change = { sources: Array.from({ length: 130_000 }, () => "audit"), alerts: 0 };
  let count = 0;
  while (!isDropped() && count < 100) {
    count += 1;
    tell(large);
    await quick.next("change", count);
  }
  tell({ sources: ["sshd"], alerts: 0 });
  const last = await quick.next("change", count + 1);
  slow.destroy();

  expect(isDropped()).toBe(true);
  expect(last.data).toEqual({ sources: ["sshd"], alerts: 0 });
  expect(quick.isEnded).toBe(false);
});

it("takes 32 pages, and tells the next one to come back later", async () => {
  await using stand = await openStand();
  const visitor = await signedInVisitor(stand);
  using stack = new DisposableStack();
  for (let index = 0; index < 32; index += 1) stack.use(await Stream.open(stand, visitor));

  const refused = await visitor.ask("/api/v1/live", { headers: { accept: "text/event-stream" } });
  stack.dispose();
  const later = await vi.waitUntil(async () => Stream.open(stand, visitor).catch(() => false as const), {
    timeout: 20_000,
    interval: 50,
  });

  expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "10"]);
  expect(later).toBeInstanceOf(Stream);
  later[Symbol.dispose]();
});

it("ends every stream when the server closes", async () => {
  const stand = await openStand();
  using stream = await Stream.open(stand, await signedInVisitor(stand));

  await stand[Symbol.asyncDispose]();
  await vi.waitUntil(() => stream.isEnded, { timeout: 20_000 });

  expect(stream.isEnded).toBe(true);
});
