import { DockwardenError } from "../model/fault.ts";

/** Where the database is: `--db`, else the configuration's. */
export async function databasePath(options: { db?: string; config?: string }): Promise<string> {
  if (options.db !== undefined) return options.db;
  const { readSettings } = await import("../config/settings.ts");
  return (await readSettings(options.config ?? null)).database;
}

/** @throws DockwardenError DW_DATABASE_MISSING where a command that only reads finds no database. */
export async function existingDatabase(options: { db?: string; config?: string }): Promise<string> {
  const path = await databasePath(options);
  if (!process.getBuiltinModule("node:fs").existsSync(path))
    throw new DockwardenError(
      "DW_DATABASE_MISSING",
      `${path}: no database there; start the daemon ('dockwarden run'), import a log ('dockwarden import FILE --db ${path}') or name another with --db`,
    );
  return path;
}
