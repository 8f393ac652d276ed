import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../ports/source.ts";
import type { Assets } from "./assets.ts";
import type { Credentials } from "./credentials.ts";
import { csrfToken, isSecure } from "./guard.ts";
import { type FormPage, formPage, html, passwordField } from "./html.ts";
import type { HttpLog } from "./parts.ts";
import { MIN_PASSWORD_CHARS, passwordFault } from "./password.ts";
import type { SignedIn } from "./signed-in.ts";

/** What signing in needs. */
export interface EntryParts {
  readonly credentials: Credentials;
  readonly signedIn: SignedIn;
  readonly assets: Assets;
  readonly publicUrl: URL | null;
  readonly clock: Clock;
  readonly log: HttpLog;
}

const PER_ADDRESS = { max: 10, timeWindow: 5 * 60_000 };
const TOGETHER = { max: 60, timeWindow: 5 * 60_000, keyGenerator: (): string => "everybody" };

const text = (maxLength: number) => ({ type: "string", maxLength }) as const;
/** Forms carry the CSRF token and the fixed username beside their own fields. */
const form = (fields: Readonly<Record<string, object>>) => ({
  type: "object",
  required: Object.keys(fields),
  additionalProperties: false,
  properties: { _csrf: text(200), username: text(64), ...fields },
});
const LOGIN = form({ password: text(512) });
const SETUP = form({ token: text(100), password: text(512), repeat: text(512) });
const PASSWORD = form({ current: text(512), password: text(512), repeat: text(512) });
const TOKEN = { type: "object", properties: { token: text(100) } } as const;

interface PasswordForm {
  readonly password: string;
  readonly repeat: string;
}

/** The username is always the same; it is in the form so that password managers keep the password under a name. */
const USERNAME = html`<input type="text" name="username" value="admin" autocomplete="username" hidden readonly>
`;
const CHARS_HINT = `At least ${MIN_PASSWORD_CHARS} characters. A few words that do not belong together are good.`;

/** `/login`, `/logout`, `/setup`, `/password`: plain forms, without JavaScript. */
export function entryRoutes(app: FastifyInstance, parts: EntryParts): void {
  const { credentials, signedIn, assets, clock, log } = parts;
  const perAddress = app.createRateLimit(PER_ADDRESS);
  const together = app.createRateLimit(TOGETHER);
  const csrf = app.csrfProtection.bind(app);

  async function show(
    reply: FastifyReply,
    status: number,
    page: Omit<FormPage, "form">,
    fields?: FormPage["form"],
  ) {
    const whole = fields === undefined ? page : { ...page, form: fields };
    return reply
      .code(status)
      .type("text/html; charset=utf-8")
      .send(formPage(await assets.files(), whole));
  }
  /** Attempts are counted by address and all together: many addresses are no way around. */
  async function limit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    for (const check of [perAddress, together]) {
      const seen = await check(request);
      if (seen.isAllowed || !seen.isExceeded) continue;
      log.warn(
        { address: request.ip, path: request.routeOptions.url },
        "too many attempts at the page's door",
      );
      reply.header("retry-after", String(seen.ttlInSeconds));
      await show(reply, 429, {
        title: "Too many attempts",
        intro: html`<p>Wait ${Math.ceil(seen.ttlInSeconds / 60)} minutes, then try again.</p>`,
      });
      return;
    }
  }

  async function signIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    await request.session.regenerate();
    request.session.options({ secure: isSecure(request, parts.publicUrl) });
    request.session.signedInMs = clock.now();
    return reply.redirect("/", 303);
  }

  const showLogin = async (request: FastifyRequest, reply: FastifyReply, fault: string | null) => {
    if (!credentials.hasPassword)
      return show(reply, 200, {
        title: "Not set up yet",
        intro: html`<p>Open the set-up link that the daemon printed when it started. It looks like <code>…/setup?token=…</code>, works once and for 24 hours; a restart prints a new one.</p>
<p>Under systemd: <code>journalctl -u dockwarden -g setup</code></p>`,
      });
    return show(
      reply,
      fault === null ? 200 : 401,
      { title: "Sign in", intro: html``, fault },
      {
        action: "/login",
        csrfToken: csrfToken(request, reply, parts.publicUrl),
        fields: html`${USERNAME}${passwordField("password", "Password", "current-password", { focus: true })}`,
        submit: "Sign in",
      },
    );
  };

  app.get("/login", async (request, reply) =>
    request.session.signedInMs === undefined ? showLogin(request, reply, null) : reply.redirect("/", 303),
  );

  app.post(
    "/login",
    { schema: { body: LOGIN }, onRequest: limit, preValidation: csrf },
    async (request, reply) => {
      const { password } = request.body as { password: string };
      if (isSecure(request, parts.publicUrl) && request.protocol !== "https")
        return showLogin(request, reply, "The reverse proxy must send the header X-Forwarded-Proto: https.");
      if (await credentials.isPassword(password)) {
        log.info({ address: request.ip }, "signed in to the page");
        return signIn(request, reply);
      }
      log.warn({ address: request.ip }, "wrong password at the page");
      return showLogin(request, reply, "That is not the password.");
    },
  );

  app.post("/logout", { schema: { body: form({}) }, preValidation: csrf }, async (request, reply) => {
    await request.session.destroy();
    return reply.clearCookie("dockwarden", { path: "/" }).redirect("/login", 303);
  });

  const newPasswordFields = html`${passwordField("password", "New password", "new-password", { hint: CHARS_HINT })}
${passwordField("repeat", "The same again", "new-password")}`;
  const newPasswordFault = ({ password, repeat }: PasswordForm): string | null =>
    password === repeat ? passwordFault(password) : "The two passwords differ.";

  const showSetup = async (
    request: FastifyRequest,
    reply: FastifyReply,
    token: string,
    fault: string | null,
  ) => {
    if (credentials.hasPassword) return reply.redirect("/login", 303);
    if (!credentials.isSetupToken(token))
      return show(reply, 403, {
        title: "This link does not work",
        intro: html`<p>A set-up link works once, for 24 hours, and only until the next start. Restart the daemon: it prints a new one.</p>
<p>Under systemd: <code>systemctl restart dockwarden; journalctl -u dockwarden -g setup</code></p>`,
      });
    return show(
      reply,
      fault === null ? 200 : 400,
      {
        title: "Choose the password",
        intro: html`<p>Whoever has it sees everything that happened on this host, and can acknowledge alerts.</p>`,
        fault,
      },
      {
        action: "/setup",
        csrfToken: csrfToken(request, reply, parts.publicUrl),
        fields: html`${USERNAME}<input type="hidden" name="token" value="${token}">
${newPasswordFields}`,
        submit: "Set the password",
      },
    );
  };

  app.get("/setup", { schema: { querystring: TOKEN }, onRequest: limit }, async (request, reply) =>
    showSetup(request, reply, (request.query as { token?: string }).token ?? "", null),
  );

  app.post(
    "/setup",
    { schema: { body: SETUP }, onRequest: limit, preValidation: csrf },
    async (request, reply) => {
      const given = request.body as PasswordForm & { token: string };
      const fault = newPasswordFault(given);
      if (fault !== null || !credentials.takeSetupToken(given.token))
        return showSetup(request, reply, given.token, fault);
      signedIn.clear();
      await credentials.setPassword(given.password);
      log.info({ address: request.ip }, "the page's password was set");
      return signIn(request, reply);
    },
  );

  const showPassword = (request: FastifyRequest, reply: FastifyReply, fault: string | null) =>
    show(
      reply,
      fault === null ? 200 : 400,
      {
        title: "Change the password",
        intro: html`<p>Every browser is signed out, this one signed in anew. <a href="/">Back</a></p>`,
        fault,
      },
      {
        action: "/password",
        csrfToken: csrfToken(request, reply, parts.publicUrl),
        fields: html`${USERNAME}${passwordField("current", "Password until now", "current-password", { focus: true })}
${newPasswordFields}`,
        submit: "Change it",
      },
    );

  app.get("/password", async (request, reply) =>
    request.session.signedInMs === undefined
      ? reply.redirect("/login", 303)
      : showPassword(request, reply, null),
  );

  app.post(
    "/password",
    { schema: { body: PASSWORD }, onRequest: limit, preValidation: csrf },
    async (request, reply) => {
      if (request.session.signedInMs === undefined) return reply.redirect("/login", 303);
      const given = request.body as PasswordForm & { current: string };
      const fault =
        newPasswordFault(given) ??
        ((await credentials.isPassword(given.current)) ? null : "The password until now is another.");
      if (fault !== null) return showPassword(request, reply, fault);
      await credentials.setPassword(given.password);
      signedIn.clear();
      log.info({ address: request.ip }, "the page's password was changed");
      return signIn(request, reply);
    },
  );
}
