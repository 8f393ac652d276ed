import Database from "better-sqlite3";
import { DockwardenError } from "../../model/fault.ts";
import { migrate } from "./migrations.ts";

export type Db = Database.Database;

const BUSY_TIMEOUT_MS = 10_000;
/** The daemon writes at the end and reads little: 16 MB instead cost 12 MB of memory and saved no time. */
const CACHE_KIB = 4_000;
const CHECKPOINT_PAGES = 2_000;

/** SQLite's own error as one of ours: what to do, and whether trying again can help. */
export function storeError(file: string, error: unknown): unknown {
  // A row's JSON; nothing else here is parsed.
  if (error instanceof SyntaxError) return damageOf(file, "a row", error);
  if (!(error instanceof Database.SqliteError)) return error;
  const { code, message } = error;
  const options = { cause: error };
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"))
    return new DockwardenError("DW_STORE_BUSY", `${file}: another process is writing to the database`, {
      ...options,
      retry: true,
    });
  if (code === "SQLITE_FULL")
    return new DockwardenError("DW_STORE_FULL", `${file}: the disk is full; make room`, {
      ...options,
      retry: true,
    });
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB")
    return new DockwardenError(
      "DW_STORE_CORRUPT",
      `${file}: is not a Dockwarden database or is damaged (${message}); restore a backup or move it away`,
      options,
    );
  if (code.startsWith("SQLITE_CANTOPEN"))
    return new DockwardenError(
      "DW_STORE_OPEN",
      `${file}: cannot open the database (${message}); check that its directory exists and may be written`,
      options,
    );
  if (code.startsWith("SQLITE_READONLY"))
    return new DockwardenError("DW_STORE_READONLY", `${file}: the database may not be written`, options);
  if (code.startsWith("SQLITE_IOERR"))
    return new DockwardenError("DW_STORE_IO", `${file}: reading or writing failed (${message})`, {
      ...options,
      retry: true,
    });
  return new DockwardenError("DW_STORE_SQL", `${file}: ${message} (${code})`, options);
}

/**
 * What is read from the database and decoded. @param what is read, for the error.
 * @throws DockwardenError DW_STORE_CORRUPT where it cannot be decoded, DW_STORE_… for SQLite's own errors.
 */
export function decoded<T>(db: Db, what: () => string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const isUndecodable =
      error instanceof RangeError ||
      (error instanceof Error && "code" in error && /^Z(STD)?_/.test(String(error.code)));
    if (!isUndecodable) throw storeError(db.name, error);
    throw damageOf(db.name, what(), error);
  }
}

const damageOf = (file: string, what: string, error: Error): DockwardenError =>
  new DockwardenError(
    "DW_STORE_CORRUPT",
    `${file}: the database is damaged: ${what} cannot be read (${error.message}); restore a backup or move it away`,
    { cause: error },
  );

/** The same methods, with SQLite's errors as ours. */
export function guardMethods<T extends object>(file: string, methods: T): T {
  const guarded =
    (method: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      try {
        return method(...args);
      } catch (error) {
        throw storeError(file, error);
      }
    };
  const entries = Reflect.ownKeys(methods).map((key) => {
    const value = (methods as Record<PropertyKey, unknown>)[key];
    return [key, typeof value === "function" ? guarded(value as () => unknown) : value] as const;
  });
  return Object.fromEntries(entries) as T;
}

/** Asks for a number that changes when another process writes. Prepared once: `db.pragma` takes 40 us longer, in every commit. */
export function openDataVersion(db: Db): () => number | undefined {
  const asked = db.prepare<[], number>("PRAGMA data_version").pluck();
  return () => asked.get();
}

/**
 * Opens (and makes, unless read-only) a database at the newest schema: WAL, so that readers never wait for the writer;
 * synchronous NORMAL, which survives a killed process whole and a power cut without damage.
 * @throws DockwardenError DW_STORE_NEWER, DW_STORE_CORRUPT, DW_STORE_OPEN, DW_STORE_BUSY.
 */
export function openDatabase(file: string, readonly: boolean): Db {
  let db: Db | null = null;
  try {
    db = new Database(file, { readonly, fileMustExist: readonly, timeout: BUSY_TIMEOUT_MS });
    if (!readonly) {
      db.pragma("journal_mode = WAL");
      db.pragma("synchronous = NORMAL");
      db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    }
    db.pragma(`cache_size = -${CACHE_KIB}`);
    db.pragma("temp_store = MEMORY");
    migrate(db, file, readonly);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof TypeError && /directory/.test(error.message))
      throw new DockwardenError("DW_STORE_OPEN", `${file}: its directory does not exist`, { cause: error });
    throw storeError(file, error);
  }
}
