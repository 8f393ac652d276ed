import { expect, it } from "vitest";
import { arrivals, play, readIncident, score } from "../sessions/incident.ts";
import { openFolder } from "../sources/follow.ts";
import { capture, captureMixed } from "./driver/capture.ts";
import { ways } from "./driver/ways.ts";
import { requireLab } from "./harness/index.ts";

/** So many that one tie of two identical commands at one moment leaves 99 % right. */
const ROUNDS = 6;

requireLab(
  "root",
  "namespaces",
  "auditd",
  "rsyslogd",
  "sshd",
  "sudo",
  "dockerd",
  "compose",
)("attribution, live", () => {
  it("names the right person behind compose, a remote client, builds and a swarm", async () => {
    using directory = openFolder();
    const { events } = await capture(directory.path, ways);
    const incident = readIncident(directory.path);
    const word = play(arrivals(incident));

    const { total, right, misled, wrong } = score(incident, word);

    expect([right, misled], wrong.join("\n")).toEqual([total, 0]);
    const by = (program: string) =>
      [...word.attributions.values()].filter(({ actor }) => actor?.via.at(-1)?.startsWith(program)).length;
    expect(by("python3")).toBeGreaterThan(50);
    const ofService = incident.docker.filter(
      ({ action, name }) => action === "create" && name?.startsWith("task."),
    );
    expect(ofService.map(({ ref }) => word.attributions.get(ref))).toMatchObject([
      { actor: null, end: "daemon: swarm's agent, for a task of service task" },
    ]);
    expect(events.length).toBeGreaterThan(90);
  });

  it("names the right person for what people, scripts, jobs and containers do at the same time", async () => {
    using directory = openFolder();
    const { operations, sessions } = await captureMixed(directory.path, ROUNDS);
    const incident = readIncident(directory.path);

    const { total, right, by, misled, wrong } = score(incident, play(arrivals(incident)));

    expect(operations.length).toBeGreaterThanOrEqual(150);
    expect(sessions.length).toBeGreaterThanOrEqual(30);
    const [exact = [0, 0], strong = [0, 0]] = [by["exact"], by["strong"]];
    expect([exact[0], strong[0]], wrong.join("\n")).toEqual([exact[1], strong[1]]);
    // Identical commands at one moment can tie: then the answer says so. Measured: 722 of 722.
    expect(right / total, wrong.join("\n")).toBeGreaterThanOrEqual(0.99);
    expect(misled, wrong.join("\n")).toBe(0);
  });
});
