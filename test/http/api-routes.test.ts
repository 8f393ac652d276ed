import { expect, it } from "vitest";
import type {
  AlertDetail,
  AlertView,
  AttributionDetail,
  DockerView,
  Health,
  List,
  LoginView,
  SessionView,
} from "../../src/http/api.ts";
import { epochMs } from "../../src/model/ids.ts";
import { emptyBatch, sessionOf } from "../../src/store/contract-rows.ts";
import { alertRow, attributionRow, dockerRow, incident, loginRow } from "./incident.ts";
import { openStand, type Stand, signedInVisitor, type Visitor } from "./stand.ts";

const NOW = Date.UTC(2026, 10, 24, 10, 0, 0);

async function standWithIncident(): Promise<{ stand: Stand; visitor: Visitor }> {
  const stand = await openStand({ nowMs: NOW });
  stand.store.commit(incident(NOW));
  return { stand, visitor: await signedInVisitor(stand) };
}
async function read<T>(visitor: Visitor, path: string): Promise<T> {
  const answer = await visitor.ask(`/api/v1/${path}`);
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  return JSON.parse(answer.text) as T;
}

it("answers at a glance: sources, losses, open alerts, counts", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;
  stand.health[1] = {
    ...stand.health[1],
    source: "docker",
    state: "down",
    sinceMs: epochMs(NOW),
    detail: "permission \u001b[31mdenied",
    mend: "sudo usermod -aG docker dockwarden",
    lines: 0,
    bytes: 0,
    lastLineMs: null,
  };
  stand.store.commit({
    ...emptyBatch,
    notices: [
      { source: "audit", kind: "kernel-lost", timeMs: epochMs(NOW - 60_000), text: "lost 5", count: 5 },
      { source: "audit", kind: "kernel-lost", timeMs: epochMs(NOW - 30_000), text: "lost 7", count: 7 },
      {
        source: "audit",
        kind: "kernel-lost",
        timeMs: epochMs(NOW - 100_000_000),
        text: "long ago",
        count: 9,
      },
      { source: "sshd", kind: "fault", timeMs: epochMs(NOW - 10_000), text: "what?", count: 1 },
    ],
  });

  const health = await read<Health>(visitor, "health");

  expect(health.nowMs).toBe(NOW);
  expect(health.sources[1]).toMatchObject({
    state: "down",
    detail: "permission \\x1b[31mdenied",
    mend: "sudo usermod -aG docker dockwarden",
  });
  expect(health.ledger).toEqual([
    { source: "audit", kind: "kernel-lost", isLoss: true, count: 12, lastMs: NOW - 30_000, text: "lost 7" },
    expect.objectContaining({ source: "sshd", kind: "fault", isLoss: false, count: 1 }),
    expect.objectContaining({ kind: "rotated", isLoss: false, count: 0 }),
  ]);
  expect(health.open).toEqual({
    critical: 1,
    high: 1,
    medium: 1,
    low: 0,
    informational: 0,
    isMore: false,
  });
  expect(health.counts).toMatchObject({ audit: 1, docker: 22, sshd: 12 });
});

it("lists alerts newest first, by state and level", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;

  const all = await read<List<AlertView>>(visitor, "alerts");
  const open = await read<List<AlertView>>(visitor, "alerts?state=open&minLevel=high");

  expect(all.rows.map((alert) => alert.id)).toEqual(["al-shell", "al-socket", "al-brute", "al-config"]);
  expect(open.rows.map((alert) => alert.id)).toEqual(["al-socket", "al-brute"]);
  expect(all.rows[1]?.who).toMatchObject({
    user: "alice",
    address: "127.0.0.7",
    confidence: "exact",
    final: true,
  });
});

it("shows an alert with the verbatim lines that prove it, of every source, oldest first", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;

  const { alert, proof, moreProof } = await read<AlertDetail>(visitor, "alerts/al-socket");

  expect(alert.nextSteps).toContain("docker stop web1");
  expect(proof.map(({ source }) => source)).toEqual(["sshd", "audit", "docker"]);
  expect(proof[0]?.lines[0]).toContain("Accepted publickey for alice from 127.0.0.7");
  expect(proof[1]?.lines).toEqual([
    expect.stringMatching(/^type=SYSCALL .*key="dockwarden_exec" {3}ARCH=x86_64/),
    expect.stringMatching(/^type=EXECVE .*docker\.sock/),
  ]);
  expect(JSON.parse(proof[2]?.lines[0] ?? "")).toMatchObject({ Action: "create" });
  expect(moreProof).toBe(0);
});

it("shows the lines of many events up to a bound, and says how many more there are", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;
  const rows = Array.from({ length: 40 }, (_, index) =>
    loginRow(NOW - 1000 - index * 10, "failed", "root", "127.0.0.8"),
  );
  stand.store.commit({
    ...emptyBatch,
    sshd: rows.map(({ event }) => event),
    alerts: [alertRow("al-many", NOW, { refs: rows.map(({ event }) => event.ref) })],
  });

  const { proof, moreProof } = await read<AlertDetail>(visitor, "alerts/al-many");

  expect([proof.length, moreProof]).toEqual([24, 16]);
  expect(proof.every(({ lines }) => lines.length === 1)).toBe(true);
});

it("acknowledges, resolves and reopens, and keeps who did it", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;
  const headers = { "csrf-token": await visitor.csrfToken() };
  const write = async (verb: string) =>
    JSON.parse(
      (await visitor.ask(`/api/v1/alerts/al-socket/${verb}`, { method: "POST", headers })).text,
    ) as AlertDetail;

  const acknowledged = await write("ack");
  const stored = stand.store.findAlert("al-socket")?.state;
  const resolved = await write("resolve");
  const reopened = await write("reopen");

  expect([acknowledged.alert.state, stored]).toEqual(["acknowledged", "acknowledged"]);
  expect([resolved.alert.state, reopened.alert.state]).toEqual(["resolved", "open"]);
  expect(stand.logged).toContainEqual(
    expect.objectContaining({
      fields: expect.objectContaining({ alert: "al-socket", state: "acknowledged" }),
    }),
  );
});

it("lists logins by outcome, user and address", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;

  const accepted = await read<List<LoginView>>(visitor, "logins?outcome=accepted");
  const guesses = await read<List<LoginView>>(visitor, "logins?address=127.0.0.9&user=root");

  expect(accepted.rows.map((login) => login.user)).toEqual(["alice", "deploy"]);
  expect(guesses.rows).toHaveLength(3);
});

it("lists Docker events with who caused them, without health checks unless asked for", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;

  const people = await read<List<DockerView>>(visitor, "docker");
  const all = await read<List<DockerView>>(visitor, "docker?all=true");
  const create = people.rows.find((row) => row.name === "web1" && row.action === "create");

  expect(people.rows).toHaveLength(10);
  expect(people.rows.some((row) => row.name === "shop-db")).toBe(false);
  expect(all.rows).toHaveLength(22);
  expect(create?.risks).toEqual(["Docker socket", "+NET_ADMIN"]);
  expect(create?.who).toMatchObject({
    user: "alice",
    confidence: "exact",
    command: expect.stringContaining("-v"),
  });
});

it("finds what people did behind thousands of health checks", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;
  const checks = Array.from({ length: 900 }, (_, index) =>
    dockerRow(NOW - 1000 - index, "exec_start", "shop-db", { execCommand: "/bin/sh -c pg_isready" }),
  );
  stand.store.commit({
    ...emptyBatch,
    docker: checks,
    sessions: {
      ...emptyBatch.sessions,
      attributions: checks.map(({ ref }) =>
        attributionRow(ref, { actor: null, candidates: [], end: "daemon" }),
      ),
    },
  });

  const people = await read<List<DockerView>>(visitor, "docker?limit=5");

  expect(people.rows.slice(0, 2).map((row) => `${row.name} ${row.action}`)).toEqual([
    "web1 exec_start",
    "web1 exec_create",
  ]);
});

it("explains one event, also one whose name has slashes", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;
  const pull = dockerRow(NOW - 500, "pull", "reg.example/team/app:1", {
    type: "image",
    ref: "docker:1795511325138042000:image:pull:reg.example/team/app:1" as never,
    timeMs: epochMs(1_795_511_325_138.042),
    timeNano: "1795511325138042000",
    container: null,
  });
  stand.store.commit({
    ...emptyBatch,
    docker: [pull],
    sessions: { ...emptyBatch.sessions, attributions: [attributionRow(pull.ref, { confidence: "strong" })] },
  });

  const detail = await read<AttributionDetail>(visitor, `attribution/${encodeURIComponent(pull.ref)}`);
  const unknown = await read<AttributionDetail>(
    visitor,
    `attribution/${encodeURIComponent("docker:1:x:y:z")}`,
  );

  expect(detail.who).toMatchObject({ user: "alice", confidence: "strong" });
  expect(detail.proof).toMatchObject([{ source: "docker", lines: [pull.raw] }]);
  expect(unknown).toMatchObject({ who: null, proof: [{ lines: [] }] });
});

it("gives an audit event's lines, and 404 for one that is not stored", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;
  const time = ((NOW - 180_000) / 1000).toFixed(3);

  const found = await visitor.ask(`/api/v1/audit/${encodeURIComponent(`audit:${time}:10127`)}`);
  const missing = await visitor.ask(`/api/v1/audit/${encodeURIComponent("audit:1.000:1")}`);

  expect([found.status, missing.status]).toEqual([200, 404]);
  expect(found.text).toContain("type=EXECVE");
});

it("lists sessions, open ones apart", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;
  stand.store.commit({
    ...emptyBatch,
    sessions: {
      ...emptyBatch.sessions,
      sessions: [
        sessionOf("3:1", NOW - 5000, { user: "alice" }),
        sessionOf("4:1", NOW - 4000, { user: "bob", endMs: epochMs(NOW - 1000) }),
      ],
    },
  });

  const all = await read<List<SessionView>>(visitor, "sessions");
  const open = await read<List<SessionView>>(visitor, "sessions?open=true");

  expect(all.rows.map((session) => session.user)).toEqual(["bob", "alice"]);
  expect(open.rows.map((session) => session.user)).toEqual(["alice"]);
});

it("pages through the logins without losing one of the same second", async () => {
  const { stand, visitor } = await standWithIncident();
  await using _ = stand;
  const rows = Array.from({ length: 7 }, (_, index) =>
    loginRow(NOW - 1000, "failed", `user${index}`, "127.0.0.8"),
  );
  stand.store.commit({
    ...emptyBatch,
    sshd: rows.map(({ event }) => event),
    sessions: { ...emptyBatch.sessions, logins: rows.map(({ login }) => login) },
  });
  const seen: string[] = [];

  let next: string | null = "";
  while (next !== null) {
    const page: List<LoginView> = await read(
      visitor,
      `logins?limit=3${next === "" ? "" : `&before=${next}`}`,
    );
    seen.push(...page.rows.map((login) => login.ref));
    next = page.next;
  }

  expect(seen).toHaveLength(19);
  expect(new Set(seen).size).toBe(19);
});

it.each([
  "alerts?limit=0",
  "alerts?limit=201",
  "alerts?state=closed",
  "alerts?before=yesterday",
  "alerts?unknown=1&minLevel=x",
  "logins?outcome=maybe",
  `docker?container=${"x".repeat(300)}`,
  `alerts/${"x".repeat(300)}`,
  "audit/file%3A%2Fetc%2Fpasswd",
])("refuses %s", async (path) => {
  await using stand = await openStand();
  const visitor = await signedInVisitor(stand);

  const answer = await visitor.ask(`/api/v1/${path}`);

  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toMatchObject({ code: "FST_ERR_VALIDATION" });
});

it("names control characters and overlong texts of a log instead of passing them on", async () => {
  await using stand = await openStand({ nowMs: NOW });
  const visitor = await signedInVisitor(stand);
  const { login, event } = loginRow(NOW, "failed", "ro\u001b]0;x\u0007ot\u202e", "127.0.0.9");
  const long = loginRow(NOW - 1, "failed", "y".repeat(5000), "127.0.0.9");
  stand.store.commit({
    ...emptyBatch,
    sshd: [event, long.event],
    sessions: { ...emptyBatch.sessions, logins: [login, long.login] },
  });

  const { rows } = await read<List<LoginView>>(visitor, "logins");

  expect(rows[0]?.user).toBe("ro\\x1b]0;x\\x07ot\\u{202e}");
  expect(rows[1]?.user).toHaveLength(2000 + "… (3000 more characters)".length);
});
