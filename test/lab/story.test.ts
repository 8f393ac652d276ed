import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  eventually,
  freePort,
  openHost,
  REPOSITORY,
  type ReceivedHook,
  requireLab,
  sourceUp,
  startAuditd,
  startBrowser,
  startDockwarden,
  startReceiver,
  startSmtp,
} from "./harness/index.ts";
import { ATTACK, ATTACKER, COVER_UP, ORDINARY, openStage } from "./incident.ts";

interface ToldAlert {
  readonly title: string;
  readonly level: string;
  readonly sentence: string;
}
const alertsIn = ({ json }: ReceivedHook): readonly ToldAlert[] =>
  (json as { data: { alerts: ToldAlert[] } }).data.alerts;

/** Each alert of the attack, and how its sentence begins. Passwords are tried by nobody we know. */
const RAISED = [
  { title: "SSH brute force", names: "somebody claiming to be carol" },
  { title: "SSH login succeeded after brute force", names: "carol" },
  // Three logins of three sessions, each followed by another way.
  { title: "SSH login followed by a way to root", names: "carol", times: 3 },
  { title: "Docker or containerd socket mounted", names: "carol" },
  { title: "Shell started in a container", names: "carol" },
  { title: "Docker configuration changed", names: "carol" },
  { title: "Privileged container", names: "carol" },
  { title: "Audit rules removed or auditd stopped", names: "carol" },
];

requireLab(
  "root",
  "namespaces",
  "auditd",
  "rsyslogd",
  "sshd",
  "sudo",
  "dockerd",
  "chromium",
)("an attack", () => {
  it("is told by mail, by signed webhook and on the page, each naming the user and the address", async () => {
    await using host = await openHost("web-1");
    await using stage = await openStage(host);
    await using smtp = await startSmtp();
    await using receiver = await startReceiver();
    await using _auditd = await startAuditd(host, {
      rules: readFileSync(join(REPOSITORY, "config/audit/dockwarden.rules"), "utf8"),
    });
    host.write("/etc/dockwarden/hook.key", receiver.secret, 0o600);
    const port = await freePort();
    await using daemon = startDockwarden(host, {
      http: { listen: `127.0.0.1:${port}` },
      channels: [
        {
          name: "ops-mail",
          type: "email",
          host: "127.0.0.1",
          port: smtp.port,
          from: "dw@example.org",
          to: ["ops@example.org"],
        },
        { name: "hook", type: "webhook", url: receiver.url, secretFile: "/etc/dockwarden/hook.key" },
      ],
      routes: [{ minLevel: "medium", channels: ["ops-mail", "hook"] }],
    });
    const setup = await eventually("the set-up link", () => {
      if (daemon.exit() !== null) throw new Error(daemon.output());
      return /http:\/\/[\w.:]+\/setup\?token=[\w-]+/.exec(daemon.output())?.[0];
    });
    await using browser = await startBrowser();
    const { page } = browser;
    await page.goto(setup);
    await page.getByLabel("New password").fill("four words no dictionary has");
    await page.getByLabel("The same again").fill("four words no dictionary has");
    await page.getByRole("button").first().click();
    await page.waitForURL(`http://127.0.0.1:${port}/`);
    for (const source of ["audit", "docker", "sshd"] as const) await sourceUp(daemon, source);

    const hooks = () => receiver.hooks.flatMap(alertsIn);
    for (const act of ORDINARY) await act.run(stage);
    const innocent = hooks();
    for (const act of ATTACK) await act.run(stage);
    await COVER_UP.run(stage);

    expect(innocent).toEqual([]);
    for (const { title, names } of RAISED) {
      const told = await eventually(`a webhook that names ${names} about: ${title}`, () => {
        const about = hooks().filter((alert) => alert.title === title);
        const named = about.find((alert) => alert.sentence.startsWith(names));
        if (named === undefined)
          throw new Error(`told so far: ${about.map(({ sentence }) => sentence).join("; ")}`);
        return named;
      });
      expect(told.sentence).toContain(ATTACKER);
      const { mail, to } = await eventually(`a mail that names ${names} about: ${title}`, () =>
        smtp.mails.find(({ mail: { text = "" } }) => text.includes(title) && text.includes(names)),
      );
      expect(mail.text).toContain(ATTACKER);
      expect(to).toEqual(["ops@example.org"]);
      await page.getByText(title).first().waitFor();
    }
    expect(receiver.hooks.every(({ signed }) => signed)).toBe(true);
    // Nothing else is told; a sentence without its actor may be told again with it.
    const expectedTitles = RAISED.flatMap(({ title, times = 1 }) => Array<string>(times).fill(title)).sort();
    const whole = hooks().filter(({ sentence }) => !sentence.startsWith("actor: resolving"));
    expect(whole.map(({ title }) => title).sort()).toEqual(expectedTitles);
    const shown = await page.locator("body").innerText();
    expect(shown).toContain(ATTACKER);
    expect(shown).toContain("carol");
    const picture = process.env["DOCKWARDEN_SCREENSHOT"];
    if (picture !== undefined) await page.screenshot({ path: picture, fullPage: true });
    expect(existsSync(host.path("/var/lib/dockwarden/dockwarden.db"))).toBe(true);
    await daemon[Symbol.asyncDispose]();
    expect(daemon.exit()).toEqual({ code: 0, signal: null });
  });
});
