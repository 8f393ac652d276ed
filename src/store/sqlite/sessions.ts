import type { SessionRows } from "../../model/batch.ts";
import type { EventRef } from "../../model/ids.ts";
import type { Attribution, Container, Login, Session } from "../../model/session.ts";
import type { LoginFilter, SessionFilter, Span } from "../../ports/store.ts";
import type { Db } from "./database.ts";
import { likeText, openSelect, parseAll } from "./select.ts";

export interface Sessions {
  /** Adds rows or replaces them, by id or ref. */
  save(rows: SessionRows): void;
  logins(filter: LoginFilter): readonly Login[];
  sessions(filter: SessionFilter): readonly Session[];
  containers(filter: Span & { readonly like?: string }): readonly Container[];
  attribution(ref: EventRef): Attribution | null;
}

/** Logins, sessions, containers and attributions: whole objects as JSON, what is asked for as columns. */
export function openSessions(db: Db): Sessions {
  const saveLogin = db.prepare<[string, number, string, string | null, string | null, string], void>(
    "INSERT OR REPLACE INTO login(ref, time, outcome, user, address, json) VALUES(?, ?, ?, ?, ?, ?)",
  );
  const saveSession = db.prepare<[string, number, number | null, number | null, string | null, string], void>(
    "INSERT OR REPLACE INTO session(id, start, stop, ses, user, json) VALUES(?, ?, ?, ?, ?, ?)",
  );
  const saveContainer = db.prepare<[string, string | null, number, string], void>(
    "INSERT OR REPLACE INTO container(id, name, time, json) VALUES(?, ?, ?, ?)",
  );
  const saveAttribution = db.prepare<[string, string], void>(
    "INSERT OR REPLACE INTO attribution(ref, json) VALUES(?, ?)",
  );
  const attribution = db.prepare<[string], string>("SELECT json FROM attribution WHERE ref = ?").pluck();
  const logins = openSelect(db, "login", "time", "rowid");
  const sessions = openSelect(db, "session", "start", "id");
  const containers = openSelect(db, "container", "time", "id");
  return {
    save(rows) {
      for (const login of rows.logins)
        saveLogin.run(
          login.ref,
          login.timeMs,
          login.outcome,
          login.user,
          login.address,
          JSON.stringify(login),
        );
      for (const session of rows.sessions)
        saveSession.run(
          session.id,
          session.startMs,
          session.endMs,
          session.ses,
          session.user,
          JSON.stringify(session),
        );
      for (const container of rows.containers) {
        const time =
          container.createdMs ?? container.startedMs ?? container.endedMs ?? container.destroyedMs ?? 0;
        saveContainer.run(container.id, container.name, time, JSON.stringify(container));
      }
      for (const one of rows.attributions) saveAttribution.run(one.ref, JSON.stringify(one));
    },
    logins: ({ user, address, outcome, ...span }) =>
      parseAll<Login>(
        logins(span, [
          ["user = ?", user],
          ["address = ?", address],
          ["outcome = ?", outcome],
        ]),
      ),
    sessions: ({ user, ses, open, ...span }) =>
      parseAll<Session>(
        sessions(span, [
          ["user = ?", user],
          ["ses = ?", ses],
          ["(stop IS NULL) = ?", open === undefined ? undefined : Number(open)],
        ]),
      ),
    containers: ({ like, ...span }) =>
      parseAll<Container>(
        containers(span, [
          [
            "(name = ? OR id LIKE ? || '%' ESCAPE '\\')",
            like,
            like === undefined ? undefined : likeText(like),
          ],
        ]),
      ),
    attribution(ref) {
      const json = attribution.get(ref);
      return json === undefined ? null : (JSON.parse(json) as Attribution);
    },
  };
}
