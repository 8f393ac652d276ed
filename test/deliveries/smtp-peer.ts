import type { AddressInfo } from "node:net";
import { callbackify } from "node:util";
import { type ParsedMail, simpleParser } from "mailparser";
import {
  SMTPServer,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from "smtp-server";

/** One mail that the peer took. */
export interface Taken {
  readonly mail: ParsedMail;
  readonly raw: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | undefined;
}

async function take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<Taken> {
  const raw = Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>));
  return {
    mail: await simpleParser(raw),
    raw: raw.toString("latin1"),
    to: session.envelope.rcptTo.map(({ address }) => address),
    secure: session.secure,
    user: session.user,
  };
}

/** A real SMTP server on loopback; `options` add TLS, logins and refusals. */
export async function openSmtpPeer(options: SMTPServerOptions = {}): Promise<
  AsyncDisposable & {
    readonly port: number;
    readonly taken: readonly Taken[];
    readonly connections: () => number;
  }
> {
  const taken: Taken[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.key === undefined ? ["STARTTLS"] : [],
    onConnect(_session, done) {
      connections++;
      done();
    },
    onData: callbackify(async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
      taken.push(await take(stream, session));
    }),
    ...options,
  });
  // A client that refuses our certificate or hangs up is part of the tests.
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    taken,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
