import type { StageName, StateRow } from "../../model/batch.ts";
import type { Position, SourceName } from "../../model/line.ts";
import type { Settings } from "../../ports/store.ts";
import type { Db } from "./database.ts";

/** What the pipeline goes on from after a restart, counters, and small settings. */
export interface State extends Settings {
  saveState(rows: readonly StateRow[]): void;
  stateOf(stage: StageName): readonly StateRow[];
  position(source: SourceName): Position | null;
  savePosition(source: SourceName, position: Position): void;
  count(name: string): number;
  addCount(name: string, more: number): void;
  setCount(name: string, value: number): void;
}

/** Opens state, positions, counters and settings. */
export function openState(db: Db): State {
  const save = db.prepare<[string, string, string], void>(
    "INSERT OR REPLACE INTO state(stage, key, json) VALUES(?, ?, ?)",
  );
  const remove = db.prepare<[string, string], void>("DELETE FROM state WHERE stage = ? AND key = ?");
  const stateOf = db.prepare<[string], StateRow>(
    "SELECT stage, key, json FROM state WHERE stage = ? ORDER BY key",
  );
  const position = db.prepare<[string], string>("SELECT json FROM position WHERE source = ?").pluck();
  const savePosition = db.prepare<[string, string], void>(
    "INSERT OR REPLACE INTO position(source, json) VALUES(?, ?)",
  );
  const count = db.prepare<[string], number>("SELECT value FROM counter WHERE name = ?").pluck();
  const addCount = db.prepare<[string, number], void>(
    "INSERT INTO counter(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = value + excluded.value",
  );
  const setCount = db.prepare<[string, number], void>(
    "INSERT OR REPLACE INTO counter(name, value) VALUES(?, ?)",
  );
  const setting = db.prepare<[string], string>("SELECT value FROM setting WHERE key = ?").pluck();
  const setSetting = db.prepare<[string, string], void>(
    "INSERT OR REPLACE INTO setting(key, value) VALUES(?, ?)",
  );
  return {
    saveState(rows) {
      for (const { stage, key, json } of rows)
        if (json === null) remove.run(stage, key);
        else save.run(stage, key, json);
    },
    stateOf: (stage) => stateOf.all(stage),
    position(source) {
      const json = position.get(source);
      return json === undefined ? null : (JSON.parse(json) as Position);
    },
    savePosition: (source, at) => void savePosition.run(source, JSON.stringify(at)),
    count: (name) => count.get(name) ?? 0,
    addCount(name, more) {
      if (more !== 0) addCount.run(name, more);
    },
    setCount: (name, value) => void setCount.run(name, value),
    getSetting: (key) => setting.get(key) ?? null,
    setSetting: (key, value) => void setSetting.run(key, value),
  };
}
