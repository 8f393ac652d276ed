import type { Alert, AlertState, Silence } from "../../model/alert.ts";
import { type Finding, LEVELS } from "../../model/finding.ts";
import type { AlertId, EpochMs } from "../../model/ids.ts";
import type { AlertFilter, Edits, Span } from "../../ports/store.ts";
import type { Db } from "./database.ts";
import { likeText, openSelect, parseAll } from "./select.ts";

export interface Alerts extends Edits {
  saveFindings(findings: readonly Finding[]): void;
  /**
   * Adds or replaces by id. What a person decided stays where the pipeline, which may not know of it yet, says `open`: an
   * acknowledgement always, a resolution as long as no further event was counted.
   */
  saveAlerts(alerts: readonly Alert[]): void;
  alert(id: AlertId): Alert | null;
  findAlert(idOrPrefix: string): Alert | null;
  states(ids: readonly AlertId[]): readonly { readonly id: AlertId; readonly state: AlertState }[];
  alerts(filter: AlertFilter): readonly Alert[];
  findings(filter: Span & { readonly ruleId?: string }): readonly Finding[];
  /** Silences that have not ended, those that begin later too. */
  silences(nowMs: EpochMs): readonly Silence[];
}

/** Findings, alerts and silences. */
export function openAlerts(db: Db): Alerts {
  const saveFinding = db.prepare<[string, string, number, string], void>(
    `INSERT INTO finding(id, rule, time, json) VALUES(?, ?, ?, ?)
     ON CONFLICT(id) DO UPDATE SET json = excluded.json`,
  );
  const saveAlert = db.prepare<[string, string, string, number, number, string], void>(
    `INSERT INTO alert(id, rule, state, level, last, json) VALUES(?, ?, ?, ?, ?, ?)
     ON CONFLICT(id) DO UPDATE SET state = excluded.state, level = excluded.level, last = excluded.last,
       json = excluded.json`,
  );
  const decided = db
    .prepare<[string, number], string>(
      `SELECT state FROM alert WHERE id = ? AND set_by IS NOT NULL
       AND (state = 'acknowledged' OR state = 'resolved' AND json ->> '$.count' = ?)`,
    )
    .pluck();
  const setState = db.prepare<[string, string, number, string, string], void>(
    "UPDATE alert SET state = ?, set_by = ?, set_ms = ?, json = ? WHERE id = ?",
  );
  const byId = db.prepare<[string], string>("SELECT json FROM alert WHERE id = ?").pluck();
  const byPrefix = db
    .prepare<[string], string>("SELECT json FROM alert WHERE id LIKE ? || '%' ESCAPE '\\' LIMIT 2")
    .pluck();
  const states = db.prepare<[string], { id: AlertId; state: AlertState }>(
    "SELECT id, state FROM alert WHERE id IN (SELECT value FROM json_each(?))",
  );
  const alerts = openSelect(db, "alert", "last", "id");
  const findings = openSelect(db, "finding", "time", "id");
  const addSilence = db.prepare<[string, number, number, string], void>(
    "INSERT OR REPLACE INTO silence(id, start, stop, json) VALUES(?, ?, ?, ?)",
  );
  const silence = db.prepare<[string], string>("SELECT json FROM silence WHERE id = ?").pluck();
  const silences = db
    .prepare<[number], string>("SELECT json FROM silence WHERE stop > ? ORDER BY start, id")
    .pluck();

  const alertOf = (json: string | undefined): Alert | null =>
    json === undefined ? null : (JSON.parse(json) as Alert);
  return {
    saveFindings(found) {
      for (const finding of found)
        saveFinding.run(finding.id, finding.ruleId, finding.timeMs, JSON.stringify(finding));
    },
    saveAlerts(changed) {
      for (const alert of changed) {
        const state =
          alert.state === "open"
            ? ((decided.get(alert.id, alert.count) as AlertState | undefined) ?? "open")
            : alert.state;
        saveAlert.run(
          alert.id,
          alert.ruleId,
          state,
          LEVELS.indexOf(alert.level),
          alert.lastMs,
          JSON.stringify({ ...alert, state }),
        );
      }
    },
    alert: (id) => alertOf(byId.get(id)),
    states: (ids) => states.all(JSON.stringify(ids)),
    findAlert(idOrPrefix) {
      const exact = byId.get(idOrPrefix);
      if (exact !== undefined || idOrPrefix === "") return alertOf(exact);
      const found = byPrefix.all(likeText(idOrPrefix));
      return found.length === 1 ? alertOf(found[0]) : null;
    },
    alerts: ({ state, minLevel, ruleId, ...span }) =>
      parseAll<Alert>(
        alerts(span, [
          ["state = ?", state],
          ["level >= ?", minLevel === undefined ? undefined : LEVELS.indexOf(minLevel)],
          ["rule = ?", ruleId],
        ]),
      ),
    findings: ({ ruleId, ...span }) => parseAll<Finding>(findings(span, [["rule = ?", ruleId]])),
    silences: (nowMs) => parseAll<Silence>(silences.all(nowMs)),
    setAlertState: (id, state, by, nowMs) =>
      db
        .transaction(() => {
          const alert = alertOf(byId.get(id));
          if (alert === null) return null;
          const changed: Alert = { ...alert, state };
          setState.run(state, by, nowMs, JSON.stringify(changed), id);
          return changed;
        })
        .immediate(),
    addSilence(added) {
      addSilence.run(added.id, added.startMs, added.endMs, JSON.stringify(added));
    },
    expireSilence: (id, nowMs) =>
      db
        .transaction(() => {
          const json = silence.get(id);
          if (json === undefined) return false;
          const found = JSON.parse(json) as Silence;
          if (found.endMs <= nowMs) return false;
          addSilence.run(id, found.startMs, nowMs, JSON.stringify({ ...found, endMs: nowMs }));
          return true;
        })
        .immediate(),
  };
}
