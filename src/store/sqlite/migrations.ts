import { DockwardenError } from "../../model/fault.ts";
import type { Db } from "./database.ts";

/** `DkWr`: tells our files from other programs' SQLite databases. */
const APPLICATION_ID = 0x446b5772;

const RAW = (source: string): string => `
CREATE TABLE raw_${source}(
  start INTEGER PRIMARY KEY,      -- offset of the first byte in the source's stream
  size INTEGER NOT NULL,          -- bytes of log it holds
  packed INTEGER NOT NULL,        -- 1: a zstd frame; 0: as read, waits to be sealed
  time REAL NOT NULL,             -- when it was read; 0 for imports
  data BLOB NOT NULL
) STRICT;`;

/**
 * One string per version; a released one is never edited. Audit events are not one SQL row each: they are typed columns
 * in chunks (audit_chunk, audit_column), because 26 bound values and 7 B-trees per event cost 3 times the time and
 * 8 times the bytes, and a scan of one packed column answers faster than an index with as many look-ups.
 */
const MIGRATIONS: readonly string[] = [
  `${RAW("audit")}${RAW("docker")}${RAW("sshd")}
CREATE TABLE segment(
  id INTEGER PRIMARY KEY,
  start INTEGER NOT NULL UNIQUE,  -- where in the audit stream another file begins
  first_line BLOB NOT NULL,       -- SHA-256 of its first line
  name TEXT NOT NULL
) STRICT;
CREATE INDEX segment_first_line ON segment(first_line);
CREATE TABLE text(id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE audit_chunk(
  id INTEGER PRIMARY KEY,
  events INTEGER NOT NULL,
  min_time REAL NOT NULL, max_time REAL NOT NULL,
  min_serial INTEGER NOT NULL, max_serial INTEGER NOT NULL,
  min_at INTEGER NOT NULL,        -- offset of the first line and behind the last one
  max_at INTEGER NOT NULL,
  data BLOB                       -- all columns, until the chunk is full and sealed
) STRICT;
CREATE INDEX audit_chunk_time ON audit_chunk(max_time);
CREATE INDEX audit_chunk_at ON audit_chunk(max_at);
CREATE TABLE audit_column(
  id INTEGER PRIMARY KEY,         -- column * 2^40 + chunk
  data BLOB NOT NULL
) STRICT;
CREATE TABLE docker_event(
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  time REAL NOT NULL,
  type TEXT NOT NULL, action TEXT NOT NULL,
  container TEXT, name TEXT,
  json TEXT NOT NULL
) STRICT;
CREATE INDEX docker_event_time ON docker_event(time);
CREATE INDEX docker_event_container ON docker_event(container, time);
CREATE TABLE sshd_event(
  id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, time REAL NOT NULL, json TEXT NOT NULL
) STRICT;
CREATE INDEX sshd_event_time ON sshd_event(time);
CREATE TABLE login(
  ref TEXT PRIMARY KEY, time REAL NOT NULL, outcome TEXT NOT NULL, user TEXT, address TEXT, json TEXT NOT NULL
) STRICT;
CREATE INDEX login_time ON login(time);
CREATE TABLE session(
  id TEXT PRIMARY KEY, start REAL NOT NULL, stop REAL, ses INTEGER, user TEXT, json TEXT NOT NULL
) STRICT;
CREATE INDEX session_start ON session(start);
CREATE TABLE container(
  id TEXT PRIMARY KEY, name TEXT, time REAL NOT NULL, json TEXT NOT NULL
) STRICT;
CREATE INDEX container_time ON container(time);
CREATE TABLE attribution(ref TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE finding(
  id TEXT PRIMARY KEY, rule TEXT NOT NULL, time REAL NOT NULL, json TEXT NOT NULL
) STRICT;
CREATE INDEX finding_time ON finding(time);
CREATE TABLE alert(
  id TEXT PRIMARY KEY, rule TEXT NOT NULL, state TEXT NOT NULL, level INTEGER NOT NULL, last REAL NOT NULL,
  set_by TEXT, set_ms REAL,       -- a person's decision about the state
  json TEXT NOT NULL
) STRICT;
CREATE INDEX alert_last ON alert(last);
CREATE TABLE delivery(
  id TEXT PRIMARY KEY, channel TEXT NOT NULL, state TEXT NOT NULL, next REAL NOT NULL, created REAL NOT NULL,
  json TEXT NOT NULL
) STRICT;
CREATE INDEX delivery_due ON delivery(channel, next, created) WHERE state = 'pending';
CREATE INDEX delivery_created ON delivery(created);
CREATE TABLE delivery_alert(
  alert TEXT NOT NULL, delivery TEXT NOT NULL, PRIMARY KEY(alert, delivery)
) STRICT, WITHOUT ROWID;
CREATE TABLE silence(id TEXT PRIMARY KEY, start REAL NOT NULL, stop REAL NOT NULL, json TEXT NOT NULL) STRICT;
CREATE TABLE state(
  stage TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY(stage, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE notice(
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, time REAL NOT NULL, json TEXT NOT NULL
) STRICT;
CREATE INDEX notice_time ON notice(time);
CREATE TABLE position(source TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT;
CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  `
CREATE TABLE raw_order(
  start INTEGER PRIMARY KEY,      -- a stretch of the audit stream whose blocks hold its bytes in another order
  size INTEGER NOT NULL,
  runs BLOB NOT NULL              -- the stretch's runs as the log has them: where each begins and where it is stored
) STRICT;`,
];

function versionOf(db: Db): number {
  return db.pragma("user_version", { simple: true }) as number;
}

/** Brings the schema to the newest version, each step in a transaction. @throws DockwardenError DW_STORE_NEWER, DW_STORE_FOREIGN, DW_STORE_OLD. */
export function migrate(db: Db, file: string, readonly: boolean): void {
  const newest = MIGRATIONS.length;
  const version = versionOf(db);
  if (version === newest && db.pragma("application_id", { simple: true }) === APPLICATION_ID) return;
  if (version > newest)
    throw new DockwardenError(
      "DW_STORE_NEWER",
      `${file}: has schema version ${version}, this program knows up to ${newest}; use the newer Dockwarden that wrote it`,
    );
  const tables = db.prepare<[], number>("SELECT count(*) FROM sqlite_schema").pluck().get() ?? 0;
  if (tables > 0 && db.pragma("application_id", { simple: true }) !== APPLICATION_ID)
    throw new DockwardenError(
      "DW_STORE_FOREIGN",
      `${file}: is another program's SQLite database; name a file of Dockwarden's own`,
    );
  if (readonly)
    throw new DockwardenError(
      "DW_STORE_OLD",
      `${file}: has schema version ${version} of ${newest}; start the daemon or import once to bring it up to date`,
    );
  db.transaction(() => {
    // Another process may have done it while we waited for the lock.
    for (const step of MIGRATIONS.slice(versionOf(db))) db.exec(step);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${newest}`);
  }).immediate();
}
