import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, describe, expect, it } from "vitest";
import { openWebhook, retryAfterMs } from "../../../src/deliveries/channels/webhook.ts";
import type { WebhookSettings } from "../../../src/model/settings.ts";
import { notificationOf, SOCKET_ALERT } from "../alert-fixtures.ts";
import { makeCertificates } from "../certificates.ts";
import { openReceiver } from "../receiver.ts";

const dir = mkdtempSync(join(tmpdir(), "dw-webhook-"));
afterAll(() => rmSync(dir, { recursive: true }));

const SECRET = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
const secretFile = join(dir, "hook.key");
writeFileSync(secretFile, `${SECRET}\n`);

const clock = { now: () => Date.now() };
const signal = new AbortController().signal;

function channelTo(url: string, changes: Partial<WebhookSettings> = {}) {
  return openWebhook(
    { name: "hook", type: "webhook", url, secretFile, ca: null, timeoutMs: 5000, ...changes },
    clock,
  );
}

async function steps(channel: ReturnType<typeof channelTo>) {
  return Array.fromAsync(channel.probe(notificationOf({ kind: "test", alerts: [] }), signal));
}

describe("what is sent", () => {
  it("carries a signature that the specification's own verifier accepts, and the delivery's id", async () => {
    await using receiver = await openReceiver((_, response) => response.end());

    const outcome = await channelTo(receiver.url).send(notificationOf(), signal);

    expect(outcome.kind).toBe("delivered");
    const [call] = receiver.calls;
    const body = new Webhook(SECRET).verify(call?.body ?? "", call?.headers as Record<string, string>);
    expect(call?.headers["webhook-id"]).toBe("00112233445566778899aabbccddeeff");
    expect(body).toMatchObject({
      type: "alert",
      timestamp: "2026-11-24T11:02:13.100Z",
      data: {
        host: "web-01",
        total: 1,
        levels: { high: 1 },
        alerts: [{ id: SOCKET_ALERT.id, level: "high", actor: { user: "alice", address: "127.0.0.9" } }],
      },
    });
  });

  it("does not verify once a byte of the body has changed", async () => {
    await using receiver = await openReceiver((_, response) => response.end());

    await channelTo(receiver.url).send(notificationOf(), signal);

    const [call] = receiver.calls;
    const changed = (call?.body ?? "").replace("alice", "bob00");
    expect(() => new Webhook(SECRET).verify(changed, call?.headers as Record<string, string>)).toThrow(
      "No matching signature",
    );
  });

  it("goes over the one connection that was verified", async () => {
    await using receiver = await openReceiver((_, response) => response.end());
    let connections = 0;
    receiver.server.on("connection", () => connections++);

    await channelTo(receiver.url).send(notificationOf(), signal);

    expect(connections).toBe(1);
  });

  it("is unsigned without a secret", async () => {
    await using receiver = await openReceiver((_, response) => response.end());

    await channelTo(receiver.url, { secretFile: null }).send(notificationOf(), signal);

    expect(receiver.calls[0]?.headers).not.toHaveProperty("webhook-signature");
  });
});

describe("what an answer means", () => {
  it.each([200, 202, 204, 299])("%i is delivered", async (status) => {
    await using receiver = await openReceiver((_, response) => response.writeHead(status).end());

    expect((await channelTo(receiver.url).send(notificationOf(), signal)).kind).toBe("delivered");
  });

  it.each([408, 425, 429, 500, 502, 503, 504])("%i is tried again", async (status) => {
    await using receiver = await openReceiver((_, response) => response.writeHead(status).end("busy"));

    expect(await channelTo(receiver.url).send(notificationOf(), signal)).toEqual({
      kind: "retry",
      afterMs: null,
      reason: `HTTP ${status}: busy`,
    });
  });

  it.each([400, 401, 404, 410, 422])("%i is final", async (status) => {
    await using receiver = await openReceiver((_, response) => response.writeHead(status).end());

    expect((await channelTo(receiver.url).send(notificationOf(), signal)).kind).toBe("rejected");
  });

  it("does not follow a redirect, and says where it points", async () => {
    await using receiver = await openReceiver((_, response) =>
      response.writeHead(307, { location: "/elsewhere" }).end(),
    );

    const outcome = await channelTo(receiver.url).send(notificationOf(), signal);

    expect(outcome).toMatchObject({ kind: "rejected", reason: expect.stringContaining("to /elsewhere") });
    expect(receiver.calls).toHaveLength(1);
  });

  it("honours Retry-After in seconds and as a date", async () => {
    await using receiver = await openReceiver((_, response) =>
      response.writeHead(429, { "retry-after": "120" }).end(),
    );

    expect(await channelTo(receiver.url).send(notificationOf(), signal)).toMatchObject({ afterMs: 120_000 });
    expect(retryAfterMs("Tue, 24 Nov 2026 11:00:30 GMT", Date.UTC(2026, 10, 24, 11))).toBe(30_000);
    expect(retryAfterMs("soon", 0)).toBeNull();
  });

  it("makes a hostile answer printable", async () => {
    await using receiver = await openReceiver((_, response) => response.writeHead(500).end("\x1b[2Jgone"));

    expect(await channelTo(receiver.url).send(notificationOf(), signal)).toMatchObject({
      reason: "HTTP 500: \\x1b[2Jgone",
    });
  });
});

describe("a receiver that cannot be reached", () => {
  it("is tried again when nobody listens", async () => {
    const receiver = await openReceiver((_, response) => response.end());
    await receiver[Symbol.asyncDispose]();

    const outcome = await channelTo(receiver.url).send(notificationOf(), signal);

    expect(outcome).toMatchObject({
      kind: "retry",
      reason: expect.stringMatching(/^connect: .*ECONNREFUSED/),
    });
  });

  it("is tried again when it takes the request and never answers", async () => {
    await using receiver = await openReceiver(() => {});

    const outcome = await channelTo(receiver.url, { timeoutMs: 200 }).send(notificationOf(), signal);

    expect(outcome).toMatchObject({ kind: "retry", reason: "send: no answer within 200 ms" });
  });

  it("is tried again when it hangs up in the middle", async () => {
    await using receiver = await openReceiver((_, response) => response.destroy());

    expect((await channelTo(receiver.url).send(notificationOf(), signal)).kind).toBe("retry");
  });

  it("is tried again when it speaks no HTTP", async () => {
    const server = createServer((socket) => socket.end("220 mail.example.org ESMTP\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };

    const outcome = await channelTo(`http://127.0.0.1:${port}/`).send(notificationOf(), signal);

    server.close();
    expect(outcome).toMatchObject({ kind: "retry", reason: expect.stringMatching(/^send: /) });
  });
});

describe("TLS", () => {
  const certificates = makeCertificates(dir);

  it("trusts the configured CA", async () => {
    await using receiver = await openReceiver((_, response) => response.end(), certificates.server);

    const outcome = await channelTo(receiver.url, { ca: certificates.caFile }).send(notificationOf(), signal);

    expect(outcome).toMatchObject({ kind: "delivered" });
  });

  it("refuses a certificate of an unknown CA, before the body is sent", async () => {
    await using receiver = await openReceiver((_, response) => response.end(), certificates.server);

    const outcome = await channelTo(receiver.url).send(notificationOf(), signal);

    expect(outcome).toMatchObject({ kind: "retry", reason: expect.stringMatching(/^tls: /) });
    expect(receiver.calls).toEqual([]);
  });

  it("refuses a certificate for another name", async () => {
    await using receiver = await openReceiver((_, response) => response.end(), certificates.otherName);

    const outcome = await channelTo(receiver.url, { ca: certificates.caFile }).send(notificationOf(), signal);

    expect(outcome).toMatchObject({ kind: "retry", reason: expect.stringMatching(/^tls: .*altnames/) });
  });
});

describe("a probe", () => {
  it("names each step that went well", async () => {
    await using receiver = await openReceiver((_, response) => response.end());

    expect(await steps(channelTo(receiver.url))).toEqual([
      { step: "resolve", ok: true, detail: "127.0.0.1 is 127.0.0.1" },
      { step: "connect", ok: true, detail: expect.stringContaining("connected to 127.0.0.1 port") },
      { step: "send", ok: true, detail: "HTTP 200, signed" },
    ]);
  });

  it("ends at the step that failed", async () => {
    await using receiver = await openReceiver((_, response) => response.writeHead(401).end("bad signature"));

    expect((await steps(channelTo(receiver.url))).at(-1)).toEqual({
      step: "send",
      ok: false,
      detail: "HTTP 401: bad signature",
    });
    expect(await steps(channelTo("http://no-such-host.invalid/"))).toMatchObject([
      { step: "resolve", ok: false },
    ]);
  });
});

describe("secrets", () => {
  it("says which key names the file that cannot be read", () => {
    expect(() => channelTo("http://127.0.0.1:1/", { secretFile: join(dir, "missing") })).toThrow(
      /channels\.hook\.secretFile: cannot read .*missing \(ENOENT\).*DW_SECRET_UNREADABLE/,
    );
  });

  it("refuses a secret that is none without printing it", () => {
    const file = join(dir, "weak.key");
    writeFileSync(file, "hunter2");

    expect(() => channelTo("http://127.0.0.1:1/", { secretFile: file })).toThrow(
      /^(?!.*hunter2).*DW_WEBHOOK_SECRET/,
    );
  });
});
