import { createHash } from "node:crypto";
import type fastifySession from "@fastify/session";
import type { Session } from "fastify";
import type { Clock } from "../ports/source.ts";
import type { Settings } from "../ports/store.ts";
import { SESSIONS } from "./credentials.ts";

declare module "fastify" {
  interface Session {
    /** When this browser signed in; absent while it has not. */
    signedInMs?: number;
  }
}

/** A browser stays signed in this long, whatever it does. */
export const SIGNED_IN_LIFE_MS = 7 * 24 * 60 * 60 * 1000;
const MAX_SIGNED_IN = 64;

interface Row {
  readonly signedInMs: number;
}

/** Who is signed in: a bounded store that outlives a restart. Ids are kept hashed, so a copy of the database opens nothing. */
export interface SignedIn extends fastifySession.SessionStore {
  isLive(sessionId: string): boolean;
  /** Signs everybody out. */
  clear(): void;
}

const hashed = (sessionId: string): string => createHash("sha256").update(sessionId).digest("base64url");

function load(text: string | null): Map<string, Row> {
  if (text === null || text === "") return new Map();
  return new Map(JSON.parse(text) as [string, Row][]);
}

/** Opens the store that `settings` keeps. Only sessions that are signed in are held; beyond 64 the oldest ends. */
export function openSignedIn(settings: Settings, clock: Clock): SignedIn {
  const rows = load(settings.getSetting(SESSIONS));
  const save = (): void => settings.setSetting(SESSIONS, JSON.stringify([...rows]));
  const live = (sessionId: string): Row | null => {
    const row = rows.get(hashed(sessionId));
    return row === undefined || clock.now() >= row.signedInMs + SIGNED_IN_LIFE_MS ? null : row;
  };

  return {
    get(sessionId, callback) {
      const row = live(sessionId);
      // @fastify/session takes the cookie's options from its own settings where the stored ones are empty.
      callback(null, row === null ? null : ({ ...row, cookie: {} } as Session));
    },
    set(sessionId, session: Session, callback) {
      if (session.signedInMs !== undefined) {
        rows.set(hashed(sessionId), { signedInMs: session.signedInMs });
        for (const [key, { signedInMs }] of rows)
          if (clock.now() >= signedInMs + SIGNED_IN_LIFE_MS || rows.size > MAX_SIGNED_IN) rows.delete(key);
        save();
      }
      callback();
    },
    destroy(sessionId, callback) {
      if (rows.delete(hashed(sessionId))) save();
      callback();
    },
    isLive: (sessionId) => live(sessionId) !== null,
    clear() {
      rows.clear();
      save();
    },
  };
}
