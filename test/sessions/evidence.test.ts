import { describe, expect, it } from "vitest";
import { Story } from "./story.ts";

const UNSET = 4_294_967_295;

describe("logins", () => {
  it("join the kernel's session by pid, with port and key", () => {
    const { sessions } = new Story().login(0, 3, "alice").told();

    expect(sessions).toMatchObject([{ ses: 3, kind: "ssh", user: "alice", port: 1003, key: "SHA256:alice" }]);
  });

  it("do not join a line that somebody else wrote under sshd's name and pid", () => {
    const forgedUser = new Story().login(0, 3, "mallory", { sshdUser: "alice" }).told();
    const forgedAddress = new Story().login(0, 3, "alice").accepted(-2, 1003, "alice", "6.6.6.6").told();

    expect(forgedUser.sessions).toMatchObject([{ user: "mallory", port: null, key: null }]);
    expect(forgedAddress.sessions).toMatchObject([{ user: "alice", address: "10.0.0.1" }]);
  });

  it("that failed name nobody for certain", () => {
    const { sshd } = new Story().sshd(0, 7, "Failed password for root from 10.0.0.9 port 5 ssh2").told();

    expect(sshd).toMatchObject([
      {
        actor: { user: "root", address: "10.0.0.9", ses: null },
        confidence: null,
        end: "not logged in: the name is only claimed",
      },
    ]);
  });
});

describe("Docker's events", () => {
  const run = "docker run -d --name web bb:1 sleep 9";

  it.each([
    ["docker run -it --name web bb:1 sh", "web"],
    ["docker build -t old:1 /src", "pensive_hodgkin"],
  ])("are, when a container is let go, of who attached: %s", (command, container) => {
    const { docker } = new Story()
      .login(0, 3, "alice")
      .client(100, 900, 3, 50, command, [120, 200])
      .docker(190, "create", container)
      .docker(200, "attach", container)
      .docker(380, "start", container)
      .docker(890, "detach", container)
      .told();

    expect(docker.map(({ actor }) => actor?.user)).toEqual(["alice", "alice", "alice", "alice"]);
  });

  it("are, when a terminal lets go of a container that was there, of who had started it again", () => {
    const { docker } = new Story()
      .login(0, 3, "alice")
      .client(100, 900, 3, 50, "docker start -ai web", [120, 200])
      .docker(190, "attach", "web")
      .docker(380, "start", "web")
      .docker(890, "detach", "web")
      .told();

    expect(docker.map(({ actor }) => actor?.user)).toEqual(["alice", "alice", "alice"]);
  });

  it("are exact where one client alone named the thing", () => {
    const { docker } = new Story()
      .login(0, 3, "alice")
      .client(100, 400, 3, 50, run, [120, 200])
      .docker(190, "create", "web")
      .docker(380, "start", "web")
      .told();

    expect(docker).toMatchObject([
      { actor: { user: "alice", ses: 3 }, confidence: "exact", command: run, final: true },
      { actor: { user: "alice", ses: 3 }, confidence: "exact" },
    ]);
  });

  it("are only strong while a program whose calls nobody can see is connected too", () => {
    const { docker } = new Story()
      .login(0, 3, "alice")
      .login(10, 4, "bob")
      .client(0, 0, 4, 60, null, [110])
      .client(100, 400, 3, 50, run, [120, 200])
      .docker(190, "create", "web")
      .told();

    expect(docker).toMatchObject([{ actor: { user: "alice" }, confidence: "strong" }]);
  });

  it("are a window where time does not tell identical clients apart, with all of them listed", () => {
    const same = "docker run -d bb:1 sleep 9";
    const { docker } = new Story()
      .login(0, 3, "alice")
      .login(10, 4, "bob")
      .client(100, 400, 3, 50, same, [120, 200])
      .client(100, 400, 4, 60, same, [120, 200])
      .docker(190, "create", "happy_euler")
      .docker(190.5, "create", "sad_gauss")
      .told();

    for (const said of docker) {
      expect(said.confidence).toBe("window");
      expect(said.candidates).toHaveLength(2);
      expect(new Set(said.candidates.map(({ user }) => user))).toEqual(new Set(["alice", "bob"]));
    }
    expect(new Set(docker.map(({ actor }) => actor?.user))).toEqual(new Set(["alice", "bob"]));
  });

  it("are ordered where it does", () => {
    const same = "docker run -d bb:1 sleep 9";
    const { docker } = new Story()
      .login(0, 3, "alice")
      .login(10, 4, "bob")
      .client(100, 400, 3, 50, same, [120, 200])
      .client(100, 600, 4, 60, same, [120, 300])
      .docker(190, "create", "happy_euler")
      .docker(290, "create", "sad_gauss")
      .told();

    expect(docker).toMatchObject([
      { actor: { user: "alice" }, confidence: "ordered" },
      { actor: { user: "bob" }, confidence: "ordered" },
    ]);
  });

  it("have no actor when the container ends by itself, whoever is connected then", () => {
    const { docker } = new Story()
      .login(0, 3, "alice")
      .login(10, 4, "bob")
      .client(100, 400, 3, 50, run, [120, 200])
      .docker(190, "create", "web")
      .docker(380, "start", "web")
      .client(0, 0, 4, 60, null, [4990])
      .docker(5000, "die", "web", { exitCode: "0" })
      .told();

    expect(docker[2]).toMatchObject({
      actor: null,
      origin: { user: "alice" },
      end: "the container ended by itself",
    });
  });

  it("follow the kill that came before them", () => {
    const { docker } = new Story()
      .login(0, 3, "alice")
      .login(10, 4, "bob")
      .client(100, 400, 3, 50, run, [120, 200])
      .docker(190, "create", "web")
      .client(5000, 5100, 4, 60, "docker kill web", [5020])
      .docker(5050, "kill", "web", { signal: "9" })
      .docker(5400, "die", "web", { exitCode: "137" })
      .told();

    expect(docker.slice(1)).toMatchObject([
      { actor: { user: "bob" } },
      { actor: { user: "bob" }, origin: null },
    ]);
  });

  it("of a health check are nobody's, whoever is connected then", () => {
    const inspect = { HostConfig: {}, Config: { Healthcheck: { Test: ["CMD-SHELL", "true"] } } };
    const { docker } = new Story()
      .login(0, 3, "alice")
      .login(10, 4, "bob")
      .client(100, 400, 3, 50, run, [120, 200])
      .docker(190, "create", "web", {}, inspect)
      .client(0, 0, 4, 60, null, [4990])
      .docker(5000, "exec_create: /bin/sh -c true", "web", { execID: "e1" })
      .docker(5001, "exec_start: /bin/sh -c true", "web", { execID: "e1" })
      .told();

    expect(docker.slice(1)).toMatchObject([
      { actor: null, end: "daemon: health check" },
      { actor: null, end: "daemon: health check" },
    ]);
  });

  it("are a person's whose shell has the number that a container's runtime had", () => {
    const shell = 1003;
    const { docker } = new Story()
      .runc(0, shell, "old")
      .docker(20, "create", "old")
      .login(2000, 3, "alice")
      .client(2100, 2400, 3, 50, run, [2120])
      .docker(2190, "create", "web")
      .told();

    expect(docker.at(-1)).toMatchObject({ actor: { user: "alice", ses: 3 }, end: null });
  });

  it("are no daemon's where the parent's number was the runtime's", () => {
    const parent = 1000;
    const { docker } = new Story()
      .runc(0, parent, "old")
      .client(2100, 2400, UNSET, 50, run, [2120])
      .docker(2190, "create", "web")
      .told();

    expect(docker.at(-1)?.end).toMatch(/^daemon, or a process deep in a container/);
  });

  it("say where the chain ends: no session, no client, no rule", () => {
    const job = new Story().client(100, 400, UNSET, 50, run, [120]).docker(190, "create", "web").told();
    const nobody = new Story()
      .client(5000, 5100, UNSET, 50, "docker ps", [5010])
      .docker(190, "create", "web")
      .told();
    const blind = new Story().docker(190, "create", "web").told();

    expect(job.docker).toMatchObject([
      {
        actor: { user: null, ses: null },
        end: "daemon, or a process deep in a container, running as uid 4294967295",
      },
    ]);
    expect(nobody.docker).toMatchObject([
      { actor: null, end: "unknown: no client was connected to the API at that time" },
    ]);
    expect(blind.docker).toMatchObject([{ actor: null, end: "unknown: no audit rule for connect" }]);
  });

  it("are never blamed on a client that only reads", () => {
    const { docker } = new Story()
      .login(0, 3, "alice")
      .client(100, 400, 3, 50, "docker ps", [120])
      .docker(190, "create", "web")
      .told();

    expect(docker).toMatchObject([{ actor: null, candidates: [] }]);
  });
});
