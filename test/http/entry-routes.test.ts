import { expect, it } from "vitest";
import { SIGNED_IN_LIFE_MS } from "../../src/http/signed-in.ts";
import { openStand, PASSWORD, setupPath, signedInVisitor, Visitor } from "./stand.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

it("gives a one-time link at the first start, which sets the password and signs in", async () => {
  await using stand = await openStand({ isNew: true });
  const visitor = new Visitor(stand.server.url);

  const before = await visitor.ask("/api/v1/health");
  const setup = await visitor.submit(setupPath(stand), { password: PASSWORD, repeat: PASSWORD });
  const after = await visitor.ask("/api/v1/health");

  expect(before.status).toBe(401);
  expect([setup.status, setup.headers.location]).toEqual([303, "/"]);
  expect(after.status).toBe(200);
});

it("takes the link once: the second visitor is refused", async () => {
  await using stand = await openStand({ isNew: true });
  const path = setupPath(stand);
  const first = new Visitor(stand.server.url);
  const second = new Visitor(stand.server.url);
  const { text: page } = await second.ask(path);
  const _csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const token = new URL(stand.server.setupLink ?? "").searchParams.get("token") ?? "";

  await first.submit(path, { password: PASSWORD, repeat: PASSWORD });
  const late = await second.post("/setup", {
    _csrf,
    token,
    password: "another long one",
    repeat: "another long one",
  });
  const health = await second.ask("/api/v1/health");
  const login = await new Visitor(stand.server.url).submit("/login", { password: "another long one" });

  expect(late.headers.location).toBe("/login");
  expect(health.status).toBe(401);
  expect(login.status).toBe(401);
});

it("lets two who send the link at the same moment set one password only", async () => {
  await using stand = await openStand({ isNew: true });
  const visitors = [new Visitor(stand.server.url), new Visitor(stand.server.url)];

  const answers = await Promise.all(
    visitors.map((visitor, index) => {
      const password = `the password of number ${index}`;
      return visitor.submit(setupPath(stand), { password, repeat: password });
    }),
  );

  expect(answers.filter((answer) => answer.headers.location === "/")).toHaveLength(1);
});

it("voids the link at the next start, after a day, and with a wrong token", async () => {
  await using stand = await openStand({ isNew: true });
  const old = setupPath(stand);
  await stand.restart();
  const visitor = new Visitor(stand.server.url);

  const voided = await visitor.ask(old);
  const wrong = await visitor.ask("/setup?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  const valid = await visitor.ask(setupPath(stand));
  stand.clock.nowMs += DAY_MS;
  const expired = await visitor.ask(setupPath(stand));

  expect([voided.status, wrong.status, valid.status, expired.status]).toEqual([403, 403, 200, 403]);
});

it("stores neither the token nor the password in the clear", async () => {
  await using stand = await openStand({ isNew: true });
  const token = new URL(stand.server.setupLink ?? "").searchParams.get("token") ?? "none";
  const stored = stand.store.getSetting("http.setup");
  await signedInVisitor(stand);

  expect(token).toHaveLength(43);
  expect(stored).not.toContain(token);
  expect(stand.store.getSetting("http.password")).toMatch(/^scrypt\$16384\$8\$5\$/);
  expect(stand.store.getSetting("http.password")).not.toContain(PASSWORD);
  expect(JSON.stringify(stand.logged)).not.toContain(token);
});

it.each([
  ["short", "short", "at least 12 characters"],
  ["aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "too few different"],
  [PASSWORD, `${PASSWORD}!`, "differ"],
])("refuses the password %s / %s and keeps the link valid", async (password, repeat, words) => {
  await using stand = await openStand({ isNew: true });
  const visitor = new Visitor(stand.server.url);

  const refused = await visitor.submit(setupPath(stand), { password, repeat });
  const again = await visitor.submit(setupPath(stand), { password: PASSWORD, repeat: PASSWORD });

  expect(refused.status).toBe(400);
  expect(refused.text).toContain(words);
  expect(again.status).toBe(303);
});

it("gives no link once a password is set", async () => {
  await using stand = await openStand({ isNew: true });
  await signedInVisitor(stand);

  await stand.restart();

  expect(stand.server.setupLink).toBeNull();
});

it("signs in with the password alone, and out again", async () => {
  await using stand = await openStand({ isNew: true });
  await signedInVisitor(stand);
  const visitor = new Visitor(stand.server.url);

  const wrong = await visitor.submit("/login", { password: "not the password" });
  const stillOut = await visitor.ask("/api/v1/health");
  const right = await visitor.submit("/login", { password: PASSWORD });
  const inside = await visitor.ask("/api/v1/health");
  const cookies = new Map(visitor.cookies);
  const out = await visitor.ask("/password");
  const _csrf = /name="_csrf" value="([^"]+)"/.exec(out.text)?.[1] ?? "";
  const logout = await visitor.post("/logout", { _csrf });
  for (const [name, value] of cookies) visitor.cookies.set(name, value);
  const replayed = await visitor.ask("/api/v1/health");

  expect(wrong.status).toBe(401);
  expect(wrong.text).toContain("That is not the password.");
  expect(stillOut.status).toBe(401);
  expect(right.headers.location).toBe("/");
  expect(inside.status).toBe(200);
  expect(logout.headers.location).toBe("/login");
  expect(replayed.status).toBe(401);
});

it("keeps browsers signed in over a restart, and ends it after a week", async () => {
  await using stand = await openStand({ isNew: true });
  const visitor = await signedInVisitor(stand);
  await stand.restart();
  const same = new Visitor(stand.server.url);
  for (const [name, value] of visitor.cookies) same.cookies.set(name, value);

  const restarted = await same.ask("/api/v1/health");
  stand.clock.nowMs += SIGNED_IN_LIFE_MS;
  const weekLater = await same.ask("/api/v1/health");

  expect(restarted.status).toBe(200);
  expect(weekLater.status).toBe(401);
});

it("ends every session when the password changes, and lets in the new one only", async () => {
  await using stand = await openStand({ isNew: true });
  const changer = await signedInVisitor(stand);
  const other = new Visitor(stand.server.url);
  await other.submit("/login", { password: PASSWORD });
  const next = "an entirely new password";

  const wrong = await changer.submit("/password", { current: "not it at all", password: next, repeat: next });
  const before = await other.ask("/api/v1/health");
  const changed = await changer.submit("/password", { current: PASSWORD, password: next, repeat: next });
  const after = await other.ask("/api/v1/health");
  const own = await changer.ask("/api/v1/health");
  const oldLogin = await other.submit("/login", { password: PASSWORD });
  const newLogin = await other.submit("/login", { password: next });

  expect([wrong.status, before.status]).toEqual([400, 200]);
  expect(changed.headers.location).toBe("/");
  expect([after.status, own.status, oldLogin.status, newLogin.status]).toEqual([401, 200, 401, 303]);
});

it("sets HttpOnly, SameSite=Strict cookies, and Secure ones under an https address", async () => {
  await using stand = await openStand({ isNew: true, publicUrl: "https://watch.example.org" });
  const direct = new Visitor(stand.server.url);
  const proxied = new Visitor(stand.server.url, { host: "watch.example.org", "x-forwarded-proto": "https" });
  const careless = new Visitor(stand.server.url, { host: "watch.example.org" });

  const setup = await direct.submit(setupPath(stand), { password: PASSWORD, repeat: PASSWORD });
  const login = await proxied.submit("/login", { password: PASSWORD });
  const inside = await proxied.ask("/api/v1/health");
  const unsaid = await careless.submit("/login", { password: PASSWORD });

  expect(stand.server.setupLink).toMatch(/^https:\/\/watch\.example\.org\/setup\?token=/);
  expect(setup.headers["set-cookie"]).toEqual([
    expect.stringMatching(/^dockwarden=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/),
  ]);
  expect(login.headers["set-cookie"]).toEqual([
    expect.stringMatching(/^dockwarden=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Strict$/),
  ]);
  expect(inside.status).toBe(200);
  expect(unsaid.text).toContain("X-Forwarded-Proto");
});

it("refuses writes without the token of the same browser", async () => {
  await using stand = await openStand({ isNew: true });
  const visitor = await signedInVisitor(stand);
  const other = new Visitor(stand.server.url);
  await other.submit("/login", { password: PASSWORD });
  const foreign = await other.csrfToken();

  const none = await visitor.ask("/api/v1/alerts/x/ack", { method: "POST" });
  const wrong = await visitor.ask("/api/v1/alerts/x/ack", {
    method: "POST",
    headers: { "csrf-token": foreign },
  });
  const login = await new Visitor(stand.server.url).post("/login", { password: PASSWORD });
  const right = await visitor.ask("/api/v1/alerts/x/ack", {
    method: "POST",
    headers: { "csrf-token": await visitor.csrfToken() },
  });

  expect([none.status, wrong.status, login.status]).toEqual([403, 403, 403]);
  expect(right.status).toBe(404);
});

it("stops guessing after ten attempts from one address", async () => {
  await using stand = await openStand({ isNew: true });
  await signedInVisitor(stand);
  const visitor = new Visitor(stand.server.url);
  const statuses: number[] = [];

  for (let attempt = 0; attempt < 12; attempt += 1)
    statuses.push((await visitor.submit("/login", { password: `guess number ${attempt}` })).status);
  const right = await visitor.submit("/login", { password: PASSWORD });

  // One of the ten went to the set-up.
  expect(statuses.filter((status) => status === 401)).toHaveLength(8);
  expect(right.status).toBe(429);
  expect(Number(right.headers["retry-after"])).toBeGreaterThan(0);
});

it("counts attempts by the true address, whatever a client claims to forward for", async () => {
  await using stand = await openStand();
  const statuses: number[] = [];

  for (let attempt = 0; attempt < 11; attempt += 1) {
    const visitor = new Visitor(stand.server.url, { "x-forwarded-for": `198.51.100.${attempt}` });
    statuses.push((await visitor.submit("/login", { password: "a wrong guess" })).status);
  }

  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
});

it("counts all addresses together behind a proxy", async () => {
  await using stand = await openStand({ publicUrl: "http://watch.example.org" });
  const statuses: number[] = [];

  for (let attempt = 0; attempt < 61; attempt += 1) {
    const visitor = new Visitor(stand.server.url, { "x-forwarded-for": `198.51.100.${attempt}` });
    statuses.push((await visitor.submit("/login", { password: "a wrong guess" })).status);
  }

  expect(statuses).toEqual([...Array.from({ length: 60 }, () => 401), 429]);
});
