import {
  ABSENT,
  AUDIT_COLUMNS,
  PATH_COLUMNS,
  PATH_ROLES,
  TEXT_COLUMNS,
} from "../../src/model/audit-columns.ts";
import { openChunks } from "../../src/store/sqlite/audit-chunks.ts";
import { openAuditEvents } from "../../src/store/sqlite/audit-events.ts";
import { openDatabase } from "../../src/store/sqlite/database.ts";
import { IMPORT_LOW, openRaw, STREAM_HIGH } from "../../src/store/sqlite/raw.ts";
import { openTexts } from "../../src/store/sqlite/texts.ts";

/** Every stored audit event as text: its columns but the offsets, its paths, its lines; sorted. */
export function storedRows(file: string): string[] {
  using stack = new DisposableStack();
  const db = openDatabase(file, true);
  stack.defer(() => db.close());
  const texts = openTexts(db);
  const chunks = openChunks(db);
  const live = openRaw(db, "audit", 0, IMPORT_LOW);
  const imported = openRaw(db, "audit", IMPORT_LOW, STREAM_HIGH);
  const audit = openAuditEvents(chunks, texts, (at) => (at < IMPORT_LOW ? live : imported));
  const found: string[] = [];
  for (const { id } of chunks.zones(-Infinity, Infinity, -Infinity, Infinity)) {
    const { events, paths } = chunks.rows(id);
    for (let index = 0; index < events.count; index++) {
      const row: Record<string, unknown> = {};
      for (const name of AUDIT_COLUMNS) {
        const value = events.get(index, name);
        if (name === "at" || name === "size" || value === ABSENT) continue;
        row[name] = (TEXT_COLUMNS as readonly string[]).includes(name) ? texts.textOf(value) : value;
      }
      const own: unknown[] = [];
      for (let path = 0; path < paths.count; path++)
        if (paths.get(path, "event") === index) {
          const [, item, name, role] = PATH_COLUMNS.map((column) => paths.get(path, column));
          own.push([item, texts.textOf(name ?? 0), PATH_ROLES[role ?? 0]]);
        }
      found.push(JSON.stringify({ ...row, own, lines: audit.lines({ chunk: id, index }) }));
    }
  }
  return found.sort();
}
