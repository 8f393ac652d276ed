import type { Silence } from "../model/alert.ts";
import type { Batch } from "../model/batch.ts";
import { alertId, auditRef, containerId, dockerRef, epochMs, serial, ses } from "../model/ids.ts";
import type { Store } from "../ports/store.ts";
import { auditContract } from "./contract-audit.ts";
import {
  alertOf,
  auditEvent,
  auditLine,
  containerOf,
  deliveryOf,
  dockerEvent,
  type Engine,
  emptyBatch,
  filePosition,
  linesOf,
  type Runner,
  sessionOf,
  sshdEvent,
  T0,
  textOf,
} from "./contract-rows.ts";

/**
 * What any engine must do, as tests. Call it where tests are declared; `make` gives a fresh, empty engine for each.
 * Killing the process in the middle of a commit is tested apart, because it needs a process.
 */
export function storeContract({ it, expect }: Runner, make: () => Engine): void {
  auditContract({ it, expect }, make);

  it("keeps what a batch holds, and gives it back after it was opened again", () => {
    const engine = make();
    const line = auditLine(5, "SYSCALL", "syscall=59 success=yes exit=0 ses=3 auid=1000 comm=sh key=docker");
    const event = auditEvent(5, 0, [line]);
    const docker = dockerEvent("1795511325000000001", "start", "ab".repeat(32), "web1");
    const ssh = sshdEvent(T0, "0123456789ab");
    const login = {
      ref: ssh.ref,
      timeMs: ssh.timeMs,
      outcome: "accepted" as const,
      user: "alice",
      address: "127.0.0.9",
      port: 1,
      method: null,
      key: null,
      pid: null,
    };
    const alert = alertOf("a1");
    {
      using store = engine.open();
      store.commit({
        ...emptyBatch,
        lines: [
          linesOf("audit", Buffer.from(`${line}\n`), line.length + 1),
          linesOf("docker", Buffer.from("{}\n"), 3),
        ],
        audit: [event],
        docker: [docker],
        sshd: [ssh],
        sessions: { ...emptyBatch.sessions, logins: [login] },
        alerts: [alert],
        deliveries: [deliveryOf("d1", T0)],
        state: [{ stage: "alerts", key: "k", json: "[1]" }],
        notices: [
          { source: "audit", kind: "fault", timeMs: epochMs(T0), text: "nul \0 here", count: 2 },
          { source: "audit", kind: "rotated", timeMs: epochMs(T0 + 1), text: "", count: 0 },
        ],
      });
    }

    using store = engine.open();
    expect(store.hasEvent(event.ref)).toEqual(true);
    expect(store.hasEvent(docker.ref)).toEqual(true);
    expect(store.hasEvent(ssh.ref)).toEqual(true);
    expect(store.hasEvent(auditRef("1795511325.191", serial(6), null))).toEqual(false);
    expect(store.auditLines(event.ref)).toEqual([line]);
    expect(store.auditOfSession(ses(3), {})).toEqual([{ ref: event.ref, timeMs: T0 }]);
    expect(store.auditOfSession(ses(4), {})).toEqual([]);
    expect(store.auditOfSerial(event.serial)).toEqual([{ ref: event.ref, timeMs: T0 }]);
    expect(store.auditOfSerial(serial(4_000_000_000))).toEqual([]);
    expect(store.docker({})).toEqual([docker]);
    expect(store.sshd({})).toEqual([ssh]);
    expect(store.logins({ user: "alice" })).toEqual([login]);
    expect(store.logins({ user: "bob" })).toEqual([]);
    expect(store.alerts({})).toEqual([alert]);
    expect(store.alert(alert.id)).toEqual(alert);
    expect(store.due(epochMs(T0), 10, "mail")).toEqual([deliveryOf("d1", T0)]);
    expect(store.stateOf("alerts")).toEqual([{ stage: "alerts", key: "k", json: "[1]" }]);
    expect(store.position("audit")).toEqual(filePosition("log", line.length + 1));
    expect(store.position("sshd")).toEqual(null);
    expect(store.notices({}).map((notice) => notice.text)).toEqual(["", "nul \0 here"]);
    expect(store.counts()).toEqual({
      events: { audit: 1, docker: 1, sshd: 1 },
      lines: { audit: 1, docker: 1, sshd: 0 },
      bytes: line.length + 4,
      faults: 2,
    });
    expect(textOf(store.export({}))).toEqual(`${line}\n`);
  });

  it("takes nothing of a batch that fails", () => {
    using store = make().open();
    const line = auditLine(5, "SYSCALL", "syscall=59");
    const broken = { ...emptyBatch.sessions, logins: [{ ref: null }] } as unknown as Batch["sessions"];
    const batch: Batch = {
      ...emptyBatch,
      lines: [linesOf("audit", Buffer.from(`${line}\n`), line.length + 1)],
      audit: [auditEvent(5, 0, [line])],
      state: [{ stage: "alerts", key: "k", json: "1" }],
    };

    expect(() => store.commit({ ...batch, sessions: broken })).toThrow(/DW_STORE|bind|undefined/);

    expect(textOf(store.export({}))).toEqual("");
    expect(store.position("audit")).toEqual(null);
    expect(store.stateOf("alerts")).toEqual([]);
    store.commit(batch);
    expect(textOf(store.export({}))).toEqual(`${line}\n`);
    expect(store.counts().events.audit).toEqual(1);
  });

  it("adds nothing for events, alerts and deliveries that it has", () => {
    using store = make().open();
    const line = auditLine(5, "SYSCALL", "syscall=59");
    const batch: Batch = {
      ...emptyBatch,
      audit: [auditEvent(5, 0, [line])],
      docker: [dockerEvent("1795511325000000001", "start", "ab".repeat(32), "web1")],
      sshd: [sshdEvent(T0, "0123456789ab")],
      alerts: [alertOf("a1")],
      deliveries: [deliveryOf("d1", T0)],
    };
    store.commit({ ...batch, lines: [linesOf("audit", Buffer.from(`${line}\n`), line.length + 1)] });
    store.save({ ...deliveryOf("d1", T0), state: "delivered", attempts: 1 });

    store.commit(batch);

    expect(store.counts().events).toEqual({ audit: 1, docker: 1, sshd: 1 });
    expect(store.alerts({}).length).toEqual(1);
    expect(store.due(epochMs(T0 + 1e9), 10, "mail")).toEqual([]);
    expect(store.deliveries({}).map(({ state, attempts }) => [state, attempts])).toEqual([["delivered", 1]]);
  });

  it("replaces and removes state rows by stage and key", () => {
    using store = make().open();
    store.commit({
      ...emptyBatch,
      state: [
        { stage: "alerts", key: "a", json: "1" },
        { stage: "alerts", key: "b", json: "2" },
        { stage: "findings", key: "a", json: "3" },
      ],
    });

    store.commit({
      ...emptyBatch,
      state: [
        { stage: "alerts", key: "a", json: null },
        { stage: "alerts", key: "b", json: "4" },
      ],
    });

    expect(store.stateOf("alerts")).toEqual([{ stage: "alerts", key: "b", json: "4" }]);
    expect(store.stateOf("findings")).toEqual([{ stage: "findings", key: "a", json: "3" }]);
    expect(store.stateOf("sessions")).toEqual([]);
  });

  it("gives out due deliveries of one channel, the oldest first", () => {
    using store = make().open();
    store.commit({
      ...emptyBatch,
      deliveries: [
        deliveryOf("later", T0 + 1000),
        deliveryOf("second", T0 + 2),
        deliveryOf("first", T0 + 1),
        deliveryOf("hook", T0, { channel: "hook" }),
        deliveryOf("dead", T0, { state: "dead" }),
      ],
    });

    const ids = (at: number, limit: number): string[] =>
      store.due(epochMs(at), limit, "mail").map(({ id }) => id);
    expect(ids(T0, 10)).toEqual([]);
    expect(ids(T0 + 10, 10)).toEqual(["first", "second"]);
    expect(ids(T0 + 10, 1)).toEqual(["first"]);
    expect(store.nextDueMs("mail")).toEqual(T0 + 1);
    expect(store.nextDueMs("none")).toEqual(null);
    store.save({ ...deliveryOf("first", T0 + 5000), attempts: 1, lastError: "refused" });
    expect(ids(T0 + 5000, 10)).toEqual(["second", "later", "first"]);
    expect(store.deliveries({ alert: alertId("alert-of-first") }).map(({ id }) => id)).toEqual(["first"]);
    expect(store.deliveries({ state: "dead" }).map(({ id }) => id)).toEqual(["dead"]);
  });

  it("keeps a person's acknowledgement when the pipeline writes the alert again", () => {
    using store = make().open();
    store.commit({ ...emptyBatch, alerts: [alertOf("a1"), alertOf("b1", { level: "low" })] });

    expect(store.setAlertState(alertId("a1"), "acknowledged", "alice", epochMs(T0))?.state).toEqual(
      "acknowledged",
    );
    store.commit({ ...emptyBatch, alerts: [alertOf("a1", { count: 2 })] });

    expect(store.alert(alertId("a1"))).toEqual(alertOf("a1", { count: 2, state: "acknowledged" }));
    expect(store.alerts({ state: "open" }).map(({ id }) => id)).toEqual(["b1"]);
    expect(store.alerts({ minLevel: "medium" }).map(({ id }) => id)).toEqual(["a1"]);
    expect(store.findAlert("b")?.id).toEqual("b1");
    expect(store.findAlert("%")).toEqual(null);
    expect(store.setAlertState(alertId("none"), "resolved", "alice", epochMs(T0))).toEqual(null);
    store.commit({ ...emptyBatch, alerts: [alertOf("a1", { state: "resolved" })] });
    expect(store.alert(alertId("a1"))?.state).toEqual("resolved");
  });

  it("keeps silences until they end", () => {
    using store = make().open();
    const silence: Silence = {
      id: "s1",
      matchers: { user: "al*" },
      startMs: epochMs(T0),
      endMs: epochMs(T0 + 1000),
      comment: "",
      author: "alice",
    };
    store.addSilence(silence);

    expect(store.silences(epochMs(T0))).toEqual([silence]);
    expect(store.silences(epochMs(T0 + 1000))).toEqual([]);
    expect(store.expireSilence("s1", epochMs(T0 + 500))).toEqual(true);
    expect(store.silences(epochMs(T0 + 600))).toEqual([]);
    expect(store.expireSilence("s1", epochMs(T0 + 600))).toEqual(false);
    expect(store.expireSilence("none", epochMs(T0))).toEqual(false);
  });

  it("answers filters: span, limit, order and what each names", () => {
    using store = make().open();
    const web = "ab".repeat(32);
    const db = "cd".repeat(32);
    const events = [
      dockerEvent("1795511325000000001", "create", web, "web1"),
      dockerEvent("1795511326000000002", "start", web, "web1"),
      dockerEvent("1795511327000000003", "start", db, "db_1"),
    ];
    store.commit({
      ...emptyBatch,
      docker: events,
      sessions: {
        ...emptyBatch.sessions,
        sessions: [
          sessionOf("3:1", T0, { ses: ses(3), user: "alice", endMs: epochMs(T0 + 5) }),
          sessionOf("4:2", T0 + 1, { ses: ses(4), user: "bob" }),
        ],
        containers: [containerOf(web, "web1", T0), containerOf(db, "db_1", T0 + 1)],
        attributions: [
          {
            ref: events[0]?.ref ?? dockerRef("", "", "", ""),
            actor: null,
            origin: null,
            confidence: null,
            candidates: [],
            evidence: [],
            command: null,
            end: "daemon",
            final: true,
          },
        ],
      },
    });
    const actions = (filter: Parameters<Store["docker"]>[0]): string[] =>
      store.docker(filter).map(({ action, name }) => `${action} ${name}`);

    expect(actions({})).toEqual(["start db_1", "start web1", "create web1"]);
    expect(actions({ oldestFirst: true, limit: 2 })).toEqual(["create web1", "start web1"]);
    expect(actions({ sinceMs: epochMs(1795511326000), untilMs: epochMs(1795511327000) })).toEqual([
      "start web1",
    ]);
    expect(actions({ action: "start", container: containerId(web) })).toEqual(["start web1"]);
    expect(actions({ containerLike: "abab" })).toEqual(["start web1", "create web1"]);
    expect(actions({ containerLike: "db_1" })).toEqual(["start db_1"]);
    expect(actions({ containerLike: "_" })).toEqual([]);
    expect(actions({ type: "image" })).toEqual([]);
    expect(store.sessions({ open: true }).map(({ id }) => id)).toEqual(["4:2"]);
    expect(store.sessions({ open: false, user: "alice", ses: ses(3) }).map(({ id }) => id)).toEqual(["3:1"]);
    expect(store.containers({ like: "cd" }).map(({ name }) => name)).toEqual(["db_1"]);
    const refs = events.map(({ ref }) => ref);
    expect([...store.attributions(refs).keys()]).toEqual(refs.slice(0, 1));
    expect(store.attribution(refs[1] ?? dockerRef("", "", "", ""))).toEqual(null);
  });

  it("keeps settings", () => {
    const engine = make();
    {
      using store = engine.open();
      store.setSetting("host", "1");
      store.setSetting("host", "2\0");
    }

    using store = engine.open();
    expect(store.getSetting("host")).toEqual("2\0");
    expect(store.getSetting("none")).toEqual(null);
  });
}
