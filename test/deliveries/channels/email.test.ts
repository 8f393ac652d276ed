import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SMTPServerOptions } from "smtp-server";
import { afterAll, describe, expect, it } from "vitest";
import { openEmail } from "../../../src/deliveries/channels/email.ts";
import { deliveryId } from "../../../src/model/ids.ts";
import type { EmailSettings } from "../../../src/model/settings.ts";
import { notificationOf, SOCKET_ALERT } from "../alert-fixtures.ts";
import { makeCertificates } from "../certificates.ts";
import { openSmtpPeer } from "../smtp-peer.ts";

const dir = mkdtempSync(join(tmpdir(), "dw-email-"));
afterAll(() => rmSync(dir, { recursive: true }));

const passwordFile = join(dir, "password");
writeFileSync(passwordFile, "correct horse\n");
const certificates = makeCertificates(dir);
const clock = { now: () => Date.now() };
const signal = new AbortController().signal;

const LOGIN: SMTPServerOptions = {
  authOptional: false,
  allowInsecureAuth: true,
  onAuth({ username, password }, _session, done) {
    if (username === "dockwarden" && password === "correct horse") done(null, { user: username });
    else done(Object.assign(new Error("5.7.8 wrong password"), { responseCode: 535 }));
  },
};

function refuse(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

function mailTo(port: number, changes: Partial<EmailSettings> = {}) {
  return openEmail(
    {
      name: "ops-mail",
      type: "email",
      host: "127.0.0.1",
      port,
      security: "opportunistic",
      ca: null,
      user: null,
      passwordFile: null,
      from: "Dockwarden <dw@example.org>",
      to: ["ops@example.org"],
      ...changes,
    },
    clock,
  );
}

/** A peer that speaks as told, line by line; for what a well-behaved server cannot be made to do. */
async function openRawPeer(onSocket: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as { port: number }).port, server };
}

describe("the mail", () => {
  it("says in its text and in its HTML who did what, with the proof", async () => {
    await using peer = await openSmtpPeer();

    const outcome = await mailTo(peer.port).send(notificationOf(), signal);

    expect(outcome.kind).toBe("delivered");
    const mail = peer.taken[0]?.mail;
    expect(mail?.subject).toBe("[high] web-01: Docker socket mounted into a container");
    expect(mail?.text).toContain(SOCKET_ALERT.sentence);
    expect(mail?.html).toContain("dockwarden who 3f2a91c04b7d");
    expect(mail?.html).toContain("https://dockwarden.example.org/");
    expect(mail?.from?.text).toBe('"Dockwarden" <dw@example.org>');
  });

  it("has headers by which machines sort it and stay silent", async () => {
    await using peer = await openSmtpPeer();

    await mailTo(peer.port).send(notificationOf(), signal);

    const headers = peer.taken[0]?.mail.headers;
    expect(headers?.get("message-id")).toBe("<00112233445566778899aabbccddeeff@example.org>");
    expect(headers?.get("auto-submitted")).toBe("auto-generated");
    expect(headers?.get("x-dockwarden-alert")).toBe(SOCKET_ALERT.id);
    expect(headers?.get("x-dockwarden-level")).toBe("high");
    expect(headers?.get("x-dockwarden-delivery")).toBe("00112233445566778899aabbccddeeff");
  });

  it("has the same Message-ID at every attempt, and all mails about one alert share a thread", async () => {
    await using peer = await openSmtpPeer();
    const channel = mailTo(peer.port);

    await channel.send(notificationOf(), signal);
    await channel.send(notificationOf(), signal);
    await channel.send(notificationOf({ id: deliveryId("ff".repeat(16)), kind: "resolved" }), signal);

    const ids = peer.taken.map(({ mail }) => mail.messageId);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(new Set(peer.taken.map(({ mail }) => mail.inReplyTo))).toEqual(
      new Set([`<alert-${SOCKET_ALERT.id}@example.org>`]),
    );
  });

  it("takes no header and no markup from what an attacker wrote", async () => {
    await using peer = await openSmtpPeer();
    const evil = "x\r\nBcc: thief@example.com\r\n\r\n<script>alert(1)</script>\u202e";
    const alert = {
      ...SOCKET_ALERT,
      title: evil,
      ruleId: evil,
      sentence: evil,
      object: evil,
      group: { [evil]: evil },
      nextSteps: evil,
      falsePositives: [evil],
      tags: [evil],
    };

    await mailTo(peer.port).send(notificationOf({ alerts: [alert], host: evil }), signal);

    const taken = peer.taken[0];
    expect(taken?.to).toEqual(["ops@example.org"]);
    expect([...(taken?.mail.headers.keys() ?? [])]).not.toContain("bcc");
    expect(taken?.raw).not.toMatch(/^Bcc:/im);
    expect(String(taken?.mail.html)).not.toContain("<script");
    expect(`${taken?.mail.text}${String(taken?.mail.html)}`).not.toContain("\u202e");
  });

  it("carries a digest as one mail with the gravest first", async () => {
    await using peer = await openSmtpPeer();
    const critical = { ...SOCKET_ALERT, level: "critical" as const, title: "runc overwritten" };
    const alerts = [...Array.from({ length: 60 }, () => SOCKET_ALERT), critical];

    await mailTo(peer.port).send(notificationOf({ kind: "digest", alerts }), signal);

    const mail = peer.taken[0]?.mail;
    expect(mail?.subject).toBe("[digest] web-01: 61 alerts (1 critical, 60 high)");
    expect(mail?.text?.indexOf("runc overwritten")).toBeLessThan(mail?.text?.indexOf("[high]") ?? 0);
    expect(mail?.text).toContain("and 11 more");
  });
});

describe("encryption", () => {
  const tls = certificates.server;

  it.each(["opportunistic", "starttls"] as const)(
    "is used when the server offers it (%s)",
    async (security) => {
      await using peer = await openSmtpPeer({ ...tls });

      const outcome = await mailTo(peer.port, { security, ca: certificates.caFile }).send(
        notificationOf(),
        signal,
      );

      expect(outcome.kind).toBe("delivered");
      expect(peer.taken[0]?.secure).toBe(true);
    },
  );

  it("is spoken from the first byte with security tls", async () => {
    await using peer = await openSmtpPeer({ ...tls, secure: true });

    const outcome = await mailTo(peer.port, { security: "tls", ca: certificates.caFile }).send(
      notificationOf(),
      signal,
    );

    expect(outcome.kind).toBe("delivered");
    expect(peer.taken[0]?.secure).toBe(true);
  });

  it("is required with security starttls: no mail goes out in the clear", async () => {
    await using peer = await openSmtpPeer();

    const outcome = await mailTo(peer.port, { security: "starttls" }).send(notificationOf(), signal);

    expect(outcome).toMatchObject({ kind: "retry", reason: expect.stringMatching(/^tls: /) });
    expect(peer.taken).toEqual([]);
  });

  it.each(["opportunistic", "starttls", "tls"] as const)(
    "refuses a certificate of an unknown CA and one for another name (%s)",
    async (security) => {
      await using unknown = await openSmtpPeer({ ...tls, secure: security === "tls" });
      await using other = await openSmtpPeer({ ...certificates.otherName, secure: security === "tls" });

      const outcomes = [
        await mailTo(unknown.port, { security }).send(notificationOf(), signal),
        await mailTo(other.port, { security, ca: certificates.caFile }).send(notificationOf(), signal),
      ];

      for (const outcome of outcomes)
        expect(outcome).toMatchObject({ kind: "retry", reason: expect.stringMatching(/^tls: /) });
      expect([...unknown.taken, ...other.taken]).toEqual([]);
    },
  );
});

describe("the login", () => {
  it("uses the password in the file", async () => {
    await using peer = await openSmtpPeer(LOGIN);

    const outcome = await mailTo(peer.port, { user: "dockwarden", passwordFile }).send(
      notificationOf(),
      signal,
    );

    expect(outcome.kind).toBe("delivered");
    expect(peer.taken[0]?.user).toBe("dockwarden");
  });

  it("that is refused is tried again later, and no text has the password", async () => {
    const wrong = join(dir, "wrong");
    writeFileSync(wrong, "battery staple\n");
    await using peer = await openSmtpPeer(LOGIN);

    const outcome = await mailTo(peer.port, { user: "dockwarden", passwordFile: wrong }).send(
      notificationOf(),
      signal,
    );

    expect(outcome).toMatchObject({ kind: "retry", reason: expect.stringMatching(/^login: .*535/) });
    expect(JSON.stringify(outcome)).not.toContain("battery staple");
    expect(JSON.stringify(outcome)).not.toContain(
      Buffer.from("\0dockwarden\0battery staple").toString("base64"),
    );
  });

  it("never goes in the clear to another machine, whatever the server offers", async () => {
    await using peer = await openSmtpPeer(LOGIN);
    // A way to write 127.0.0.1 that does not look like this machine.
    const host = "127.1";

    const outcome = await mailTo(peer.port, { host, user: "dockwarden", passwordFile }).send(
      notificationOf(),
      signal,
    );

    expect(outcome).toMatchObject({ kind: "retry", reason: expect.stringMatching(/^tls: /) });
    expect(peer.taken).toEqual([]);
  });

  it("needs both a user and a password", () => {
    expect(() => mailTo(1, { user: "dockwarden" })).toThrow(
      /user and passwordFile belong together.*DW_EMAIL_LOGIN/,
    );
  });

  it("says which key names the password file that cannot be read", () => {
    const missing = join(dir, "missing");

    expect(() => mailTo(1, { user: "dockwarden", passwordFile: missing })).toThrow(
      /channels\.ops-mail\.passwordFile: cannot read .*missing \(ENOENT\).*DW_SECRET_UNREADABLE/,
    );
  });
});

describe("refusals", () => {
  it("tries again after a 4xx (greylisting)", async () => {
    await using peer = await openSmtpPeer({
      onRcptTo: (_address, _session, done) => done(refuse(451, "4.7.1 greylisted")),
    });

    const outcome = await mailTo(peer.port).send(notificationOf(), signal);

    expect(outcome).toMatchObject({ kind: "retry", reason: expect.stringContaining("greylisted") });
  });

  it("gives up after a 5xx to the mail itself", async () => {
    await using peer = await openSmtpPeer({
      onData(stream, _session, done) {
        stream.resume();
        stream.on("end", () => done(refuse(554, "5.7.1 looks like spam")));
      },
    });

    const outcome = await mailTo(peer.port).send(notificationOf(), signal);

    expect(outcome).toMatchObject({ kind: "rejected", reason: expect.stringContaining("looks like spam") });
  });

  it("sends again only to those who have not got it", async () => {
    let refusals = 0;
    await using peer = await openSmtpPeer({
      onRcptTo({ address }, _session, done) {
        if (address === "slow@example.org" && refusals++ === 0) done(refuse(451, "4.2.0 later"));
        else done();
      },
    });
    const channel = mailTo(peer.port, { to: ["ops@example.org", "slow@example.org"] });

    const first = await channel.send(notificationOf(), signal);
    const second = await channel.send(notificationOf(), signal);

    expect([first.kind, second.kind]).toEqual(["retry", "delivered"]);
    expect(peer.taken.map(({ to }) => to)).toEqual([["ops@example.org"], ["slow@example.org"]]);
  });

  it("tries again when nobody listens", async () => {
    const { port, server } = await openRawPeer(() => {});
    await new Promise<void>((resolve) => server.close(() => resolve()));

    const outcome = await mailTo(port).send(notificationOf(), signal);

    expect(outcome).toMatchObject({
      kind: "retry",
      reason: expect.stringMatching(/^connect: .*ECONNREFUSED/),
    });
  });

  it("tries again when the server dies in the middle of the mail", async () => {
    const { port, server } = await openRawPeer((socket) => {
      socket.write("220 dying ESMTP\r\n");
      socket.on("data", (chunk) => {
        const line = chunk.toString("latin1");
        if (/^(EHLO|MAIL|RCPT)/.test(line)) socket.write("250 ok\r\n");
        else if (line.startsWith("DATA")) socket.write("354 go on\r\n");
        else socket.destroy();
      });
    });

    const outcome = await mailTo(port).send(notificationOf(), signal);

    server.close();
    expect(outcome.kind).toBe("retry");
  });

  it("lets go of a server that never greets once it is told to stop", async () => {
    const { port, server } = await openRawPeer(() => {});
    const stop = new AbortController();
    const sending = mailTo(port).send(notificationOf(), stop.signal);
    await new Promise<void>((resolve) => server.once("connection", () => resolve()));

    stop.abort();

    expect((await sending).kind).toBe("retry");
    server.close();
  });
});

describe("a probe", () => {
  const test = notificationOf({ kind: "test", alerts: [] });

  it("names every step, with the encryption that was used", async () => {
    await using peer = await openSmtpPeer({ ...LOGIN, ...certificates.server });
    const channel = mailTo(peer.port, { user: "dockwarden", passwordFile, ca: certificates.caFile });

    const steps = await Array.fromAsync(channel.probe(test, signal));

    expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
      ["resolve", true],
      ["connect", true],
      ["tls", true],
      ["login", true],
      ["send", true],
    ]);
    expect(peer.taken[0]?.mail.subject).toBe("[test] web-01: Dockwarden can reach you");
  });

  it("ends at the step that failed", async () => {
    await using noLogin = await openSmtpPeer({
      ...LOGIN,
      onAuth: (_auth, _session, done) => done(refuse(535, "5.7.8 no")),
    });
    await using noTls = await openSmtpPeer();
    await using noMail = await openSmtpPeer({
      onMailFrom: (_address, _session, done) => done(refuse(550, "5.1.8 unknown sender")),
    });
    const lastStep = async (port: number, changes: Partial<EmailSettings> = {}) =>
      (await Array.fromAsync(mailTo(port, changes).probe(test, signal))).at(-1);

    expect(await lastStep(noLogin.port, { user: "dockwarden", passwordFile })).toMatchObject({
      step: "login",
      ok: false,
    });
    expect(await lastStep(noTls.port, { security: "starttls" })).toMatchObject({ step: "tls", ok: false });
    expect(await lastStep(noMail.port)).toMatchObject({
      step: "send",
      ok: false,
      detail: expect.stringContaining("unknown sender"),
    });
    expect(await lastStep(25, { host: "no-such-host.invalid" })).toMatchObject({
      step: "resolve",
      ok: false,
    });
  });
});
