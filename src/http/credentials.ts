import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../ports/source.ts";
import type { Settings } from "../ports/store.ts";
import { hashPassword, isPassword } from "./password.ts";

const PASSWORD = "http.password";
const SETUP = "http.setup";
const COOKIE_SECRET = "http.cookieSecret";
const SETUP_LIFE_MS = 24 * 60 * 60 * 1000;

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** The page's password and the one-time token that sets it. Nothing of either is stored in the clear. */
export interface Credentials {
  readonly hasPassword: boolean;
  /** A new set-up token (256 bit, base64url); earlier ones become void. Null once a password is set. */
  newSetupToken(): string | null;
  isSetupToken(token: string): boolean;
  /** True for the valid token, once: it is void from then on. */
  takeSetupToken(token: string): boolean;
  /** Sets the password; any set-up token is void. */
  setPassword(password: string): Promise<void>;
  isPassword(password: string): Promise<boolean>;
  /** What cookies are signed with; made at the first call and kept. */
  cookieSecret(): string;
}

/** Opens the credentials that `settings` keeps. */
export function openCredentials(settings: Settings, clock: Clock): Credentials {
  const stored = (): string | null => settings.getSetting(PASSWORD) || null;
  // One hash at a time: each takes 16 MiB and a fifth of a second of one core.
  let hashing: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = hashing.then(work);
    hashing = turn.catch(() => {});
    return turn;
  }

  function isSetupToken(token: string): boolean {
    const text = settings.getSetting(SETUP) || null;
    if (text === null || stored() !== null) return false;
    const { hash, expiresMs } = JSON.parse(text) as { hash: string; expiresMs: number };
    return timingSafeEqual(sha256(token), Buffer.from(hash, "base64url")) && clock.now() < expiresMs;
  }

  return {
    get hasPassword() {
      return stored() !== null;
    },
    newSetupToken() {
      if (stored() !== null) return null;
      const token = randomBytes(32).toString("base64url");
      const row = { hash: sha256(token).toString("base64url"), expiresMs: clock.now() + SETUP_LIFE_MS };
      settings.setSetting(SETUP, JSON.stringify(row));
      return token;
    },
    isSetupToken,
    takeSetupToken(token) {
      if (!isSetupToken(token)) return false;
      settings.setSetting(SETUP, "");
      return true;
    },
    async setPassword(password) {
      const hash = await inTurn(() => hashPassword(password));
      settings.setSetting(PASSWORD, hash);
      settings.setSetting(SETUP, "");
    },
    async isPassword(password) {
      const hash = stored();
      return hash !== null && (await inTurn(() => isPassword(password, hash)));
    },
    cookieSecret() {
      const known = settings.getSetting(COOKIE_SECRET) || null;
      if (known !== null) return known;
      const secret = randomBytes(32).toString("base64url");
      settings.setSetting(COOKIE_SECRET, secret);
      return secret;
    },
  };
}

/** Forgets the page's password: everybody is signed out, and the next start prints a set-up link again. */
export function forgetPassword(settings: Settings): void {
  for (const key of [PASSWORD, SETUP, SESSIONS]) settings.setSetting(key, "");
}

/** The setting that holds who is signed in. */
export const SESSIONS = "http.sessions";
