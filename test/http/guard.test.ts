import { expect, it } from "vitest";
import { openStand, signedInVisitor, Visitor } from "./stand.ts";

it("refuses a Host that is none of its names, and answers the health check under any", async () => {
  await using stand = await openStand();
  const rebound = new Visitor(stand.server.url, { host: "rebound.example:8787" });

  const paths = await Promise.all(
    ["/", "/login", "/api/v1/health", "/assets/x.js", "/nothing"].map((path) => rebound.ask(path)),
  );
  const healthz = await rebound.ask("/healthz");

  expect(paths.map((answer) => answer.status)).toEqual([421, 421, 421, 421, 421]);
  expect(paths[2]?.text).toContain("DW_HTTP_HOST");
  expect([healthz.status, healthz.text]).toEqual([200, "ok\n"]);
});

it("refuses writes that another site started, whatever cookies come along", async () => {
  await using stand = await openStand();
  const visitor = await signedInVisitor(stand);
  const token = await visitor.csrfToken();
  const write = (headers: Readonly<Record<string, string>>) =>
    visitor.ask("/api/v1/alerts/x/ack", { method: "POST", headers: { "csrf-token": token, ...headers } });

  const crossSite = await write({ "sec-fetch-site": "cross-site" });
  const origin = await write({ origin: "http://evil.example" });
  const own = await write({ origin: stand.server.url, "sec-fetch-site": "same-origin" });

  expect([crossSite.status, origin.status, own.status]).toEqual([403, 403, 404]);
});

it("sends a content security policy without inline code, and the other headers, with every answer", async () => {
  await using stand = await openStand();
  const visitor = await signedInVisitor(stand);

  for (const path of ["/", "/login", "/api/v1/health", "/nothing"]) {
    const { headers } = await visitor.ask(path);
    const policy = String(headers["content-security-policy"]);

    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "same-origin",
      "cache-control": "no-store",
    });
  }
});

it("has neither inline scripts nor inline styles in its pages", async () => {
  await using stand = await openStand();
  const visitor = await signedInVisitor(stand);

  for (const path of ["/", "/password", "/setup?token=x"]) {
    const { text } = await visitor.ask(path);

    expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/i);
  }
});

it("shows nothing without a session but the way in", async () => {
  await using stand = await openStand();
  const visitor = new Visitor(stand.server.url);
  const refs = encodeURIComponent("audit:1.000:1");

  const page = await visitor.ask("/");
  const api = await Promise.all(
    [
      "health",
      "alerts",
      "alerts/x",
      "logins",
      "docker",
      "sessions",
      `attribution/${refs}`,
      `audit/${refs}`,
      "live",
    ].map((path) => visitor.ask(`/api/v1/${path}`)),
  );
  const write = await visitor.ask("/api/v1/alerts/x/ack", { method: "POST" });
  const password = await visitor.ask("/password");

  expect([page.status, page.headers.location]).toEqual([303, "/login"]);
  expect(api.map((answer) => answer.status)).toEqual(Array.from({ length: 9 }, () => 401));
  expect(write.status).toBe(401);
  expect(password.headers.location).toBe("/login");
});

it("warns of an address that others can reach, and not of loopback", async () => {
  await using open = await openStand({ listen: "0.0.0.0:0" });
  await using local = await openStand();
  await using proxied = await openStand({ listen: "0.0.0.0:0", publicUrl: "https://watch.example.org" });
  const warnings = [open, local, proxied].map(
    (stand) => stand.logged.filter((line) => line.level === "warn").length,
  );

  expect(warnings).toEqual([1, 0, 0]);
  expect(open.logged[0]?.text).toContain("without encryption");
});

it("says which address is taken", async () => {
  await using stand = await openStand();

  const second = openStand({ listen: new URL(stand.server.url).host });

  await expect(second).rejects.toThrow(/cannot listen on 127\.0\.0\.1:\d+.*DW_HTTP_LISTEN/);
});

it.each(["watch.example.org", "ftp://watch.example.org", "https://watch.example.org/dw"])(
  "refuses the public address %s",
  async (publicUrl) => {
    await expect(openStand({ publicUrl })).rejects.toThrow(/DW_HTTP_PUBLIC_URL/);
  },
);

it("refuses a body of more than 16 KiB, and one that is no form", async () => {
  await using stand = await openStand();
  const visitor = new Visitor(stand.server.url);

  const large = await visitor.post("/login", { password: "x".repeat(20_000) });
  const strange = await visitor.ask("/login", {
    method: "POST",
    headers: { "content-type": "text/xml" },
    body: "<x/>",
  });

  expect([large.status, strange.status]).toEqual([413, 415]);
});
