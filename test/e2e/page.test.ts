import { existsSync } from "node:fs";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { epochMs } from "../../src/model/ids.ts";
import { emptyBatch } from "../../src/store/contract-rows.ts";
import { alertRow, attributionRow, dockerRow, incident, loginRow } from "../http/incident.ts";
import { openStand, PASSWORD, type Stand } from "../http/stand.ts";
import { contrastFaults, pageFaults } from "./page-faults.ts";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const isMissing = !existsSync(CHROMIUM);

describe.skipIf(isMissing && process.env["CI"] === undefined)("the page in Chromium", () => {
  let browser: Browser;
  let stand: Stand;
  let context: BrowserContext;
  let page: Page;
  /** What the browser complained of: errors of scripts, refused loads, policy violations. */
  let complaints: string[];

  beforeAll(async () => {
    // Each launch has a profile of its own, each context cookies and storage of its own.
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(async () => {
    await browser?.close();
  });
  beforeEach(() => {
    complaints = [];
  });
  afterEach(async () => {
    await context?.close();
    await stand?.[Symbol.asyncDispose]();
  });

  async function open(options: BrowserContextOptions = {}): Promise<void> {
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    page = await context.newPage();
    page.on("console", (line) => {
      if (line.type() === "error" || line.type() === "warning") complaints.push(line.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
  }
  async function signIn(): Promise<void> {
    await page.goto(`${stand.server.url}/`);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("live", { exact: true }).waitFor();
  }

  it("leads from the set-up link to a page that answers at a glance", async () => {
    stand = await openStand({ isNew: true });
    stand.store.commit(incident(Date.now()));
    await open();

    await page.goto(stand.server.setupLink ?? "");
    await page.getByLabel("New password").fill(PASSWORD);
    await page.getByLabel("The same again").fill(PASSWORD);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByRole("heading", { name: "Docker socket mounted into a container" }).waitFor();
    // Each list is read by itself.
    await page.getByText("create → attach → start").waitFor();
    await page.locator("#logins table").waitFor();
    const body = await page.locator("main").innerText();

    expect(body).toContain("Everything is being watched");
    expect(body).toContain("3 open alerts");
    expect(body).toMatch(
      /alice \(key SHA256:lt7v… from 127\.0\.0\.7:37613, session 3\) mounted the Docker socket/,
    );
    expect(body).toMatch(/alice, admin, root\s+failed\s+×9/);
    expect(body).toContain("create → attach → start");
    expect(body).not.toContain("shop-db");
    expect(await page.title()).toBe("(3) Dockwarden");
    expect(complaints).toEqual([]);
  });

  it("shows what is committed without a reload: an alert, its announcement, a login, a Docker event", async () => {
    stand = await openStand();
    await open();
    await signIn();
    await page.getByText("No open alert.").waitFor();
    await page.evaluate("globalThis.isSameDocument = true");
    const now = Date.now();
    const { login, event } = loginRow(now, "accepted", "carol", "127.0.0.5");
    const start = dockerRow(now, "start", "shop-web");
    stand.store.commit({
      ...emptyBatch,
      docker: [start],
      sshd: [event],
      sessions: {
        ...emptyBatch.sessions,
        logins: [login],
        attributions: [
          attributionRow(start.ref, { actor: null, candidates: [], confidence: null, final: false }),
        ],
      },
      alerts: [alertRow("al-new", now, { title: "Audit rules were cleared", level: "critical" })],
    });
    stand.feed.publish({ sources: ["docker", "sshd"], alerts: 1 });

    await page.getByRole("heading", { name: "Audit rules were cleared" }).waitFor();
    await page.getByRole("rowheader", { name: "carol" }).waitFor();
    await page.getByRole("row", { name: /shop-web start .*resolving…/ }).waitFor();
    await page.getByText("New critical alert: Audit rules were cleared.").waitFor({ state: "attached" });
    // Who it was arrives later, by audit lines alone: a row that is not final is asked about again.
    stand.store.commit({
      ...emptyBatch,
      sessions: { ...emptyBatch.sessions, attributions: [attributionRow(start.ref)] },
    });
    await page.getByRole("row", { name: /shop-web start .*alice .*exact/ }).waitFor();

    expect(await page.evaluate("globalThis.isSameDocument")).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("opens the proof, acknowledges and resolves by keyboard alone", async () => {
    stand = await openStand();
    stand.store.commit(incident(Date.now()));
    await open();
    await signIn();

    await page.getByRole("button", { name: "Proof of Docker socket mounted into a container" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("type=EXECVE").waitFor();
    const proof = await page.locator("#proof-al-socket").innerText();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page
      .getByText("Docker socket mounted into a container: acknowledged.")
      .waitFor({ state: "attached" });
    const state = stand.store.findAlert("al-socket")?.state;
    await page.getByRole("button", { name: "Acknowledged" }).click();
    await page.getByRole("button", { name: "Resolve Docker socket mounted into a container" }).click();
    await page.getByText("2 open alerts").waitFor();

    expect(proof).toContain("Accepted publickey for alice");
    expect(proof).toContain("docker stop web1");
    expect(state).toBe("acknowledged");
    expect(stand.store.findAlert("al-socket")?.state).toBe("resolved");
    expect(complaints).toEqual([]);
  });

  it("shows hostile log text as the text it is", async () => {
    stand = await openStand();
    await open();
    const now = Date.now();
    const hostile = `"><img src=x onerror="globalThis.isOwned=1"><script>globalThis.isOwned=2</script>`;
    const { login, event } = loginRow(now, "failed", hostile, "127.0.0.9");
    const start = dockerRow(now, "start", hostile, {
      image: hostile,
      execCommand: "javascript:globalThis.isOwned=3",
    });
    stand.store.commit({
      ...emptyBatch,
      docker: [start],
      sshd: [event],
      sessions: {
        ...emptyBatch.sessions,
        logins: [login],
        attributions: [attributionRow(start.ref, { command: `${hostile}\u001b[2J\u202e` })],
      },
      alerts: [
        alertRow("al-hostile", now, {
          title: hostile,
          sentence: hostile,
          nextSteps: hostile,
          falsePositives: [hostile],
          tags: [hostile],
          refs: [event.ref, start.ref],
        }),
      ],
      notices: [{ source: "sshd", kind: "fault", timeMs: epochMs(now), text: hostile, count: 1 }],
    });
    const [audit] = stand.health;
    if (audit !== undefined)
      stand.health[0] = { ...audit, state: "down", detail: hostile, mend: `echo ${hostile}` };

    await signIn();
    for (const button of await page.getByRole("button", { name: "Proof of" }).all()) await button.click();
    await page.locator("pre").nth(2).waitFor();
    const text = await page.locator("body").innerText();

    expect(text.split(hostile).length).toBeGreaterThan(8);
    expect(text).toContain(`${hostile}\\x1b[2J\\u{202e}`);
    expect(await page.evaluate("globalThis.isOwned")).toBeUndefined();
    expect(await page.locator("img, #page script").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("says which source is down with the command that mends it, and when it is up again", async () => {
    stand = await openStand();
    await open();
    await signIn();
    const [, docker] = stand.health;
    if (docker === undefined) throw new Error("no Docker source");

    stand.health[1] = {
      ...docker,
      state: "down",
      detail: "permission denied",
      mend: "sudo systemctl start docker",
    };
    await page.getByText("1 of 3 sources is down: Docker events").waitFor();
    const mend = await page.locator(".mend code").innerText();
    stand.health[1] = docker;
    await page.getByText("Everything is being watched").waitFor();

    expect(mend).toBe("sudo systemctl start docker");
  });

  it("comes back by itself after a restart and shows what happened meanwhile", async () => {
    stand = await openStand();
    await open();
    await signIn();
    await page.evaluate("globalThis.isSameDocument = true");

    await stand.server[Symbol.asyncDispose]();
    await page.getByText("connection lost, trying again…").waitFor();
    stand.store.commit({
      ...emptyBatch,
      alerts: [alertRow("al-meanwhile", Date.now(), { title: "Meanwhile" })],
    });
    await stand.restart();
    await page.getByRole("heading", { name: "Meanwhile" }).waitFor();
    await page.getByText("live", { exact: true }).waitFor();

    expect(await page.evaluate("globalThis.isSameDocument")).toBe(true);
  });

  it("leads a signed-out browser to the login", async () => {
    stand = await openStand();
    await open();
    await signIn();

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto(`${stand.server.url}/`);

    expect(new URL(page.url()).pathname).toBe("/login");
    expect(complaints).toEqual([]);
  });

  it.each([
    { width: 1440, colorScheme: "light" },
    { width: 1440, colorScheme: "dark" },
    { width: 380, colorScheme: "light" },
    { width: 380, colorScheme: "dark" },
  ] as const)(
    "is labelled, legible and not wider than a $width pixel screen, $colorScheme",
    async ({ width, colorScheme }) => {
      stand = await openStand();
      stand.store.commit(incident(Date.now()));
      const [, docker] = stand.health;
      if (docker !== undefined)
        stand.health[1] = {
          ...docker,
          state: "down",
          detail: "permission denied",
          mend: "sudo systemctl start docker",
        };
      await open({ viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce" });

      await page.goto(`${stand.server.url}/login`);
      const entry = [await page.evaluate(pageFaults), await page.evaluate(contrastFaults)];
      await signIn();
      for (const button of await page.getByRole("button", { name: "Proof of" }).all()) await button.click();
      await page.getByText("type=EXECVE").first().waitFor();
      const main = [await page.evaluate(pageFaults), await page.evaluate(contrastFaults)];

      expect(entry).toEqual([[], []]);
      expect(main).toEqual([[], []]);
    },
  );
});
