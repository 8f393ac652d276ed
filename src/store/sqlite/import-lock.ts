import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import { DockwardenError } from "../../model/fault.ts";

/**
 * Holds the right to import into a database; it ends with the process, however that ends. SQLite's own file lock does
 * it, on an empty file beside the database.
 * @throws DockwardenError DW_IMPORT_BUSY where another import runs.
 */
export function lockImport(file: string): Disposable {
  const path = `${file}-import`;
  const db = new Database(path, { timeout: 0 });
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    db.close();
    throw new DockwardenError("DW_IMPORT_BUSY", `${file}: another import is running; wait for it`, {
      cause,
      retry: true,
    });
  }
  return {
    [Symbol.dispose]: () => {
      // Removed while it is still locked: whoever comes next makes a file of its own.
      rmSync(path, { force: true });
      db.close();
    },
  };
}
