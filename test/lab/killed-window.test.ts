import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Alert } from "../../src/model/alert.ts";
import { openStore } from "../../src/store/sqlite/store.ts";
import { Random } from "../bench/random.ts";
import { DOCKWARDEN, eventually, type Program, sourceUp, startProgram } from "./harness/index.ts";
import { type SshWindow, sshWindow } from "./ssh-window.ts";

const KILLS = 50;
const SEED = Number(process.env["DOCKWARDEN_SEED"] ?? Date.now() % 1_000_000);
/** A start takes about so long: half of the kills fall into it. */
const START_MS = 500;
/** A turn takes 20 to 60 ms from the write to its commit. */
const TURN_MS = 80;

const directory = mkdtempSync(join(tmpdir(), "dw-killed-window-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Two logs in a directory of their own, and the daemon that follows them. */
class Stand {
  readonly #path: string;
  readonly #written = { audit: 0, sshd: 0 };

  constructor(name: string) {
    this.#path = join(directory, name);
    mkdirSync(this.#path);
    for (const log of ["audit", "sshd"]) writeFileSync(join(this.#path, `${log}.log`), "");
    writeFileSync(
      join(this.#path, "dockwarden.yml"),
      stringify({
        database: join(this.#path, "dockwarden.db"),
        http: { listen: "127.0.0.1:0" },
        sources: {
          audit: { path: join(this.#path, "audit.log") },
          sshd: { path: join(this.#path, "sshd.log") },
          docker: { socket: join(this.#path, "no-docker.sock") },
        },
      }),
    );
  }

  start(): Program {
    return startProgram([DOCKWARDEN, "run", "--config", join(this.#path, "dockwarden.yml")]);
  }

  /** Writes each log as far as the given share of it, wherever in a line that ends. */
  writeUntil(window: SshWindow, share: number): void {
    for (const log of ["audit", "sshd"] as const) {
      const end = Math.floor(window[log].length * share);
      appendFileSync(join(this.#path, `${log}.log`), window[log].subarray(this.#written[log], end));
      this.#written[log] = end;
    }
  }

  lines(): number {
    using store = openStore(join(this.#path, "dockwarden.db"), { readonly: true });
    const { lines } = store.counts();
    return lines.audit + lines.sshd;
  }

  /** Every alert as it is stored, but for when it was told. */
  alerts(): readonly Alert[] {
    using store = openStore(join(this.#path, "dockwarden.db"), { readonly: true });
    return store
      .alerts({ limit: 10_000, oldestFirst: true })
      .map((alert) => ({ ...alert, notifyAtMs: null }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
}

const followed = (daemon: Program) => Promise.all([sourceUp(daemon, "audit"), sourceUp(daemon, "sshd")]);

/** The first daemon sees empty logs: then nothing of what comes is of the past. */
async function begin(stand: Stand, window: SshWindow): Promise<Program> {
  const daemon = stand.start();
  await followed(daemon);
  stand.writeUntil(window, window.quietShare);
  await eventually("the first lines to be stored", () => stand.lines() > 0);
  return daemon;
}

async function end(stand: Stand, window: SshWindow, daemon: Program): Promise<readonly Alert[]> {
  stand.writeUntil(window, 1);
  await eventually("all lines to be stored", () => stand.lines() === window.lines, 60_000);
  await daemon[Symbol.asyncDispose]();
  expect(daemon.exit()).toEqual({ code: 0, signal: null });
  return stand.alerts();
}

it(`killed at ${KILLS} moments of a brute force, the daemon raises the alerts that it raises in peace (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const window = sshWindow();
  const peace = new Stand("peace");
  const calm = await end(peace, window, await begin(peace, window));

  const war = new Stand("war");
  let daemon = await begin(war, window);
  const share = (round: number) => window.quietShare + (1 - window.quietShare) * ((round + 0.5) / KILLS);
  for (let round = 0; round < KILLS; round += 1) {
    if (random.chance(0.5)) {
      // While it starts, with new lines there or not yet.
      const early = random.chance(0.5);
      if (early) war.writeUntil(window, share(round));
      await sleep(random.below(START_MS));
      if (!early) war.writeUntil(window, share(round));
    } else {
      await followed(daemon);
      war.writeUntil(window, share(round));
    }
    await sleep(random.below(TURN_MS));
    expect(daemon.exit()).toBeNull();
    daemon.kill("SIGKILL");
    await daemon.ended;
    daemon = war.start();
  }
  const tried = await end(war, window, daemon);

  expect(tried).toEqual(calm);
  expect(calm.map(({ title, count }) => `${title} ×${count}`).toSorted()).toEqual(window.raises.toSorted());
}, 180_000);
