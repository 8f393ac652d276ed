import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { command } from "../../../src/cli/commands/password.ts";
import { openCredentials } from "../../../src/http/credentials.ts";
import { openStore } from "../../../src/store/sqlite/store.ts";
import { runCommand } from "./run-command.ts";

it("forgets the page's password, so that the next start gives a link to set one", async () => {
  const directory = mkdtempSync(join(tmpdir(), "dw-cli-"));
  try {
    const db = join(directory, "dockwarden.db");
    using store = openStore(db);
    const credentials = openCredentials(store, { now: () => Date.now() });
    await credentials.setPassword("four words no dictionary has");
    expect(credentials.newSetupToken()).toBeNull();

    const { code, err } = await runCommand(command, ["forget", "--db", db]);

    expect([code, err]).toEqual([0, expect.stringContaining("Restart the daemon")]);
    expect(await credentials.isPassword("four words no dictionary has")).toBe(false);
    expect(credentials.newSetupToken()).toMatch(/^[\w-]{43}$/);
    await expect(runCommand(command, ["forget", "--db", join(directory, "none.db")])).rejects.toThrow(
      "no database there",
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});
