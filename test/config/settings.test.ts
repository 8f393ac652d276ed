import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CONFIG_SCHEMA } from "../../src/config/schema.ts";
import { readSettings } from "../../src/config/settings.ts";

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "dw-config-")), "dockwarden.yml");
  writeFileSync(path, text);
  return path;
}

async function faultsOf(text: string): Promise<string> {
  const path = file(text);
  const error = await readSettings(path).catch((caught: unknown) => caught as Error);
  return (error as Error).message.replaceAll(path, "F");
}

it("takes the documented example", async () => {
  const settings = await readSettings(
    file(`
database: /var/lib/dockwarden/dockwarden.db
sources:
  audit:  { path: /var/log/audit/audit.log }
  docker: { socket: /var/run/docker.sock }
  sshd:   { path: /var/log/auth.log }
rules: [config/rules]
http: { listen: 127.0.0.1:8787 }
channels:
  - { name: ops-mail, type: email, host: 127.0.0.1, port: 2525, from: dw@example.org, to: [ops@example.org] }
  - { name: hook, type: webhook, url: http://127.0.0.1:9000/hook, secretFile: /etc/dockwarden/hook.key }
routes:
  - { minLevel: medium, channels: [ops-mail, hook] }
`),
  );

  expect(settings.channels.map(({ name }) => name)).toEqual(["ops-mail", "hook"]);
  expect(settings.routes).toEqual([{ minLevel: "medium", channels: ["ops-mail", "hook"], match: {} }]);
  expect(settings.sources.docker).toEqual({ socket: "/var/run/docker.sock" });
});

it("takes an empty file as the defaults", async () => {
  const settings = await readSettings(file("# nothing yet\n"));

  expect(settings.http.listen).toBe("127.0.0.1:8787");
  expect(settings.sources.audit.path).toBe("/var/log/audit/audit.log");
});

it("names line, column, key, expectation and value for every fault at once", async () => {
  const text = await faultsOf(`sources:
  audit: { pth: /x }
channels:
  - { name: mail, type: email, host: h, port: smtp, from: a, to: [b] }
  - { name: mail, type: pigeon }
http: { listen: 8787 }
`);

  expect(text).toBe(`F:2:12  sources.audit.pth: unknown key; did you mean "path"?
F:4:41  channels.0.port: expected an integer from 1 to 65535, got "smtp"
F:5:19  channels.1.type: expected email or webhook, got "pigeon"
F:6:9  http.listen: expected text, got 8787 (DW_CONFIG_INVALID)`);
});

it("refuses a route to a channel that is not there", async () => {
  expect(
    await faultsOf(
      "routes: [{ channels: [mial] }]\nchannels: [{ name: mail, type: webhook, url: 'http://h' }]\n",
    ),
  ).toBe(
    'F:1:23  routes.0.channels.0: expected the name of a channel (mail), got "mial" (DW_CONFIG_INVALID)',
  );
});

it("refuses doubled keys and broken YAML with their place", async () => {
  expect(await faultsOf("http: {}\nhttp: {}\n")).toMatch(/^F:2:1 {2}Map keys must be unique/);
  expect(await faultsOf("http: [\n")).toMatch(/^F:\d+:\d+ {2}/);
});

it("says why a file cannot be read", async () => {
  await expect(readSettings("/nonexistent/dockwarden.yml")).rejects.toThrow(
    /^\/nonexistent\/dockwarden.yml: cannot read the configuration: ENOENT.*\(DW_CONFIG_UNREADABLE\)$/,
  );
});

it("keeps the JSON Schema for editors equal to the one that checks", () => {
  const written: unknown = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../config/dockwarden.schema.json"), "utf8"),
  );

  expect(written).toEqual(JSON.parse(JSON.stringify(CONFIG_SCHEMA)));
});
