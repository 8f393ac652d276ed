import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { callbackify } from "node:util";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerSession } from "smtp-server";

/** A mail as the peer took it. */
export interface ReceivedMail {
  readonly atMs: number;
  readonly to: readonly string[];
  readonly mail: ParsedMail;
  readonly raw: string;
}

/** A real SMTP peer on 127.0.0.1 that keeps what it is given. */
export interface Smtp extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
}

/** Starts an SMTP server without TLS; with `login` it wants that user and password first. */
export async function startSmtp(login?: { readonly user: string; readonly password: string }): Promise<Smtp> {
  const mails: ReceivedMail[] = [];
  const keep = async (stream: Readable, { envelope }: SMTPServerSession): Promise<void> => {
    const bytes = await buffer(stream);
    const atMs = Date.now();
    const to = envelope.rcptTo.map((recipient) => recipient.address);
    mails.push({ atMs, to, mail: await simpleParser(bytes), raw: bytes.toString("latin1") });
  };
  const server = new SMTPServer({
    disabledCommands: login === undefined ? ["STARTTLS", "AUTH"] : ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth(auth, _session, done) {
      if (auth.username === login?.user && auth.password === login?.password)
        done(null, { user: auth.username });
      else done(new Error("wrong user or password"));
    },
    onData: callbackify(keep),
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    mails,
    async [Symbol.asyncDispose]() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await promise;
    },
  };
}
