import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrivals, type LastWord, play, readIncident, score } from "./incident.ts";

const incident = readIncident(join(import.meta.dirname, "../fixtures/incident-mixed"));
const dockerRefs = incident.docker.map(({ ref }) => ref);

/** What counts: the last word on every Docker event and on every session. */
const essence = ({ attributions, sessions }: LastWord) => ({
  docker: dockerRefs.map((ref) => attributions.get(ref)),
  sessions: [...sessions.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
});
const reference = play(arrivals(incident));
const expected = essence(reference);

describe("attribution of a recorded incident", () => {
  it("is right for every Docker event", () => {
    const { total, right, wrong } = score(incident, reference);

    expect(wrong).toEqual([]);
    expect(right).toBe(total);
    expect(total).toBeGreaterThan(100);
  });

  it("is final in the end, with proof for every actor", () => {
    for (const said of expected.docker) {
      expect(said).toMatchObject({ final: true });
      if (said?.actor != null) expect(said.evidence.length).toBeGreaterThan(1);
      if (said?.actor?.ses != null && said.actor.via[0] !== "cron")
        expect(said.evidence.map(({ source }) => source)).toContain("sshd");
    }
  });

  it("knows every session by its login's address, port and key", () => {
    for (const { user, from, port, key, ses } of incident.truth.sessions)
      expect([...reference.sessions.values()].filter((session) => session.ses === ses)).toMatchObject([
        { kind: "ssh", user, address: from, port, key },
      ]);
  });

  it("says the way and the command", () => {
    const of = (name: string) => {
      const event = incident.docker.find((one) => one.name === name && one.action === "create");
      return reference.attributions.get(event?.ref ?? "");
    };

    expect(of("host0")).toMatchObject({
      actor: { user: "dave", via: ["sshd", "sudo", "docker"] },
      command: "sudo docker run -d --name host0 --network none -v /:/host:ro bb:1 sleep 900",
    });
    expect(of("inner0")?.actor).toMatchObject({
      user: "alice",
      via: ["sshd", "docker", "container tools", "docker"],
    });
    // Its parent is a shell in the container, which no record shows.
    expect(of("deep0")).toMatchObject({
      actor: { user: "alice", via: ["sshd", "docker", "container tools", "docker"] },
      confidence: "strong",
    });
    expect(of("cron1")).toMatchObject({
      actor: { user: "bob", via: ["cron", "docker"] },
      end: "cron of bob",
    });
    expect(of("unit1")).toMatchObject({
      actor: { user: null, ses: null },
      end: "daemon, or a process deep in a container, running as root",
    });
  });

  it("keeps of audit events only what something rests on; the others' people are those of their sessions", () => {
    const bare = play(arrivals(incident), { follows: false });
    const auditOf = (word: LastWord) =>
      [...word.attributions.values()].filter(({ ref }) => ref.startsWith("audit:"));
    const inSessions = auditOf(reference).filter(({ ref }) => !bare.attributions.has(ref));

    expect(essence(bare)).toEqual(expected);
    expect(inSessions.length).toBeGreaterThan(200);
    const sessions = new Map([...bare.sessions.values()].map((session) => [session.ses, session]));
    for (const { actor } of inSessions) {
      const session = actor?.ses == null ? undefined : sessions.get(actor.ses);
      expect(actor).toMatchObject({ user: session?.user, address: session?.address, key: session?.key });
    }
  });

  it("never reads the marker that the driver gave to clients", () => {
    const unmarked = readIncident(join(import.meta.dirname, "../fixtures/incident-mixed"), (text) =>
      text.replaceAll(/op0\d{3}/g, "op0000"),
    );
    const actors = (word: LastWord) => dockerRefs.map((ref) => word.attributions.get(ref)?.actor);

    expect(actors(play(arrivals(unmarked)))).toEqual(actors(reference));
  });
});

describe("the same last word", () => {
  it("when all lines come at once", () => {
    expect(essence(play(arrivals(incident), { atOnce: true }))).toEqual(expected);
  });

  const delay = fc.integer({ min: 0, max: 60_000 });
  it("when sources lag by up to a minute, with restarts between any lines", () => {
    const count = incident.audit.length + incident.docker.length + incident.sshd.length;
    const restarts = fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }), { maxLength: 6 });

    fc.assert(
      fc.property(fc.record({ audit: delay, docker: delay, sshd: delay }), restarts, (delays, at) => {
        expect(essence(play(arrivals(incident, delays), { restarts: at }))).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });
});
