import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, describe, expect, it } from "vitest";
import { storeContract } from "../../src/store/contract.ts";
import { alertOf, auditEvent, auditLine, emptyBatch, linesOf } from "../../src/store/contract-rows.ts";
import { openStore } from "../../src/store/sqlite/store.ts";

const directory = mkdtempSync(join(tmpdir(), "dw-store-"));
afterAll(() => rmSync(directory, { recursive: true }));
let made = 0;
const freshFile = (): string => join(directory, `${made++}.db`);

describe("the store's contract", () => {
  storeContract({ it, expect }, () => {
    const file = freshFile();
    return { open: (options) => openStore(file, options) };
  });
});

describe("the SQLite store", () => {
  it("refuses a database that a newer version wrote", () => {
    const file = freshFile();
    openStore(file)[Symbol.dispose]();
    const db = new Database(file);
    db.pragma("user_version = 999");
    db.close();

    expect(() => openStore(file)).toThrow(/schema version 999.*DW_STORE_NEWER/);
    expect(() => openStore(file, { readonly: true })).toThrow(/DW_STORE_NEWER/);
  });

  it("refuses another program's database", () => {
    const file = freshFile();
    const db = new Database(file);
    db.exec("CREATE TABLE t(a)");
    db.close();

    expect(() => openStore(file)).toThrow(/DW_STORE_FOREIGN/);
  });

  it("says that a file is no database, and which", () => {
    const file = freshFile();
    writeFileSync(file, "type=SYSCALL msg=audit(1.000:1): this is a log\n".repeat(100));

    expect(() => openStore(file)).toThrow(new RegExp(`${file}.*DW_STORE_CORRUPT`));
  });

  it("says that a damaged database is damaged", () => {
    const file = freshFile();
    {
      using store = openStore(file);
      const alerts = Array.from({ length: 500 }, (_, at) => alertOf(`a${at}`));
      store.commit({ ...emptyBatch, alerts });
    }
    const pageBytes = 4096;
    const handle = openSync(file, "r+");
    for (let at = pageBytes; at < statSync(file).size; at += pageBytes)
      writeSync(handle, Buffer.alloc(pageBytes, 0x5a), 0, pageBytes, at);
    closeSync(handle);

    expect(() => {
      using store = openStore(file);
      store.alerts({});
    }).toThrow(/DW_STORE_CORRUPT/);
  });

  it("names a directory that does not exist", () => {
    expect(() => openStore(join(directory, "none", "x.db"))).toThrow(/DW_STORE_OPEN/);
    expect(() => openStore(freshFile(), { readonly: true })).toThrow(/DW_STORE_OPEN/);
  });

  it("makes a copy that stands by itself", async () => {
    const target = freshFile();
    using store = openStore(freshFile());
    const line = auditLine(5, "SYSCALL", "syscall=59");
    store.commit({
      ...emptyBatch,
      lines: [linesOf("audit", Buffer.from(`${line}\n`), line.length + 1)],
      audit: [auditEvent(5, 0, [line])],
      alerts: [alertOf("a1")],
    });

    await store.backup(target);

    using copy = openStore(target, { readonly: true });
    expect(copy.auditLines(auditEvent(5, 0, []).ref)).toEqual([line]);
    expect(copy.alerts({})).toEqual(store.alerts({}));
  });
});
