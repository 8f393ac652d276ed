import { readFileSync } from "node:fs";
import { createTransport } from "nodemailer";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import {
  eventually,
  makeUsers,
  openHost,
  requireLab,
  ssh,
  startAuditd,
  startDockerd,
  startReceiver,
  startRsyslog,
  startSmtp,
  startSshd,
} from "./harness/index.ts";

const RULES = `-b 8192
-i
-a always,exit -F arch=b64 -S connect -F path=/run/docker.sock -F key=dw-lab-api
-w /etc/docker -p wa -k dw-lab-config
`;

requireLab(
  "root",
  "namespaces",
  "auditd",
  "rsyslogd",
  "sshd",
  "sudo",
  "dockerd",
)("the lab", () => {
  it("has a login, its audit session and its Docker call on record, and leaves nothing behind", async () => {
    await using host = await openHost();
    const passwords = readFileSync("/etc/passwd", "utf8");
    {
      await using rsyslog = await startRsyslog(host);
      await using auditd = await startAuditd(host, { rules: RULES });
      await using docker = await startDockerd(host);
      await using sshd = await startSshd(host);
      const { alice } = await makeUsers(host, { alice: { groups: ["docker"], sudo: true } });

      const refused = await ssh(host, sshd, { user: alice, from: "127.0.0.9", password: "wrong" });
      const login = await ssh(host, sshd, {
        user: alice,
        from: "127.0.0.9",
        command:
          "docker run -d --name web1 --network none bb:1 sleep 600 && sudo touch /etc/docker/daemon.json",
      });

      expect(refused).toMatchObject({ code: 255, stdout: "" });
      expect(login.stderr).toBe("");
      expect(login.code).toBe(0);
      expect(auditd.loaded).toHaveLength(2);
      expect((await docker.call("GET", "/containers/web1/json")).status).toBe(200);
      const auth = readFileSync(rsyslog.authLog, "utf8");
      expect(auth).toContain("Failed password for alice from 127.0.0.9");
      expect(auth).toContain(`Accepted publickey for alice from 127.0.0.9`);
      expect(auth).toContain(alice.fingerprint);
      const audit = await eventually("auditd to write the change of the configuration", () => {
        const text = readFileSync(auditd.log, "latin1");
        return text.includes("dw-lab-config") && text.includes("dw-lab-api") && text;
      });
      const ses = /^type=LOGIN .* auid=\d+ .* ses=(\d+) /m.exec(audit)?.[1];
      expect(audit).toMatch(new RegExp(`type=SYSCALL .* ses=${ses} .* key="dw-lab-api"`));
      expect(audit).toMatch(new RegExp(`type=SYSCALL .* ses=${ses} .* key="dw-lab-config"`));
    }
    expect((await host.run(["auditctl", "-l"])).stdout).not.toContain("dw-lab");
    expect(readFileSync("/etc/passwd", "utf8")).toBe(passwords);
  });

  it("keeps one auditd at a time: the second waits for the first to end", async () => {
    await using host = await openHost();
    const first = await startAuditd(host);
    let isSecondUp = false;
    await using other = await openHost();

    const second = startAuditd(other).then((auditd) => {
      isSecondUp = true;
      return auditd;
    });
    await host.run(["sleep", "0.3"]);
    const wasUpBeside = isSecondUp;
    await first[Symbol.asyncDispose]();
    await using later = await second;

    expect(wasUpBeside).toBe(false);
    expect(later.pid).toBeGreaterThan(0);
  });

  it("takes mail and signed webhooks, and tells a wrong signature", async () => {
    await using smtp = await startSmtp();
    await using receiver = await startReceiver();
    const mailer = createTransport({ host: "127.0.0.1", port: smtp.port, secure: false });
    const post = (secret: string) => {
      const sent = new Date();
      return fetch(receiver.url, {
        method: "POST",
        headers: {
          "webhook-id": "d1",
          "webhook-timestamp": String(Math.floor(sent.getTime() / 1000)),
          "webhook-signature": new Webhook(secret).sign("d1", sent, '{"a":1}'),
        },
        body: '{"a":1}',
      });
    };

    await mailer.sendMail({ from: "a@example.org", to: "b@example.org", subject: "hello", text: "there" });
    await post(receiver.secret);
    await post(`whsec_${Buffer.alloc(32).toString("base64")}`);

    expect(smtp.mails.map(({ mail }) => mail.subject)).toEqual(["hello"]);
    expect(receiver.hooks.map(({ id, signed }) => ({ id, signed }))).toEqual([
      { id: "d1", signed: true },
      { id: "d1", signed: false },
    ]);
  });
});
