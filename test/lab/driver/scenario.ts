import { setTimeout as sleep } from "node:timers/promises";
import type { User } from "../harness/index.ts";
import type { Driver } from "./operations.ts";

export type People = Readonly<Record<"alice" | "bob" | "carol" | "dave", User>>;

/** Everything that can stand between a person and a container, `rounds` times over. */
export async function mixed(driver: Driver, people: People, rounds: number): Promise<void> {
  const { alice, bob, carol, dave } = people;
  const run = (name: string | null, more = "", command = "sleep 900") =>
    `docker run -d ${name === null ? "" : `--name ${name} `}--network none ${more}bb:1 ${command}`;
  const cli = (command: string) => driver.step("cli", command);
  const sudo = (command: string) => driver.step("sudo", `sudo ${command}`);
  /** A client in a container, which an exec of the same person starts: two operations in one. */
  const inside = (command: string) => {
    const inner = driver.step("container", `--env-file ENV tools ${command}`);
    const outer = driver.step("cli", `docker exec ${inner.text}`);
    return { ...outer, also: [inner.operation] };
  };
  const api = "--unix-socket /run/docker.sock";

  await driver.login(alice, "127.0.0.2", [
    cli(run("tools", "-v /run/docker.sock:/run/docker.sock -v $(command -v docker):/bin/docker:ro ")),
    cli("docker exec tools ls /tmp"),
  ]);
  for (let round = 0; round < rounds; round++) {
    const name = (stem: string) => `${stem}${round}`;
    await driver.login(alice, "127.0.0.2", [cli(run(name("web"))), cli(`docker exec ${name("web")} ls /`)]);
    await driver.login(bob, "127.0.0.3", [cli(run(null, "", `sleep ${1000 + round}`)), cli("docker ps")], {
      password: true,
    });
    await driver.login(dave, "127.0.0.5", [
      sudo(run(name("host"), "-v /:/host:ro ")),
      sudo(`docker pause ${name("host")}`),
      sudo(`docker unpause ${name("host")}`),
    ]);
    await driver.login(carol, "127.0.0.4", [
      driver.step(
        "curl",
        `curl ${api} -X POST -H Content-Type:application/json -d '{"Image":"bb:1","Cmd":["sleep","900"],"HostConfig":{"NetworkMode":"none"}}' http://d/v1.41/containers/create?name=${name("curl")}`,
      ),
      driver.step("curl", `curl ${api} -X POST http://d/v1.41/containers/${name("curl")}/start`),
      cli(`docker stop -t 0 ${name("curl")}`),
    ]);
    await driver.login(carol, "127.0.0.4", [
      driver.step(
        "script",
        `${run(name("job"))} && docker exec ${name("job")} id && docker rm -f ${name("job")}`,
      ),
    ]);
    await driver.login(bob, "127.0.0.7", [driver.step("node", `node /run/ops/call.mjs ${name("node")}`)]);
    await driver.login(alice, "127.0.0.2", [
      inside(`docker run -d --name ${name("inner")} --network none bb:1 sleep 900`),
      inside(`sh -c 'docker ps; docker run -d --name ${name("deep")} --network none bb:1 sleep 900; true'`),
    ]);
    await driver.login(bob, "127.0.0.3", [
      cli(`docker run --rm --network none bb:1 ls /etc`),
      cli(`docker rename ${name("node")} ${name("renamed")}`),
      cli(`docker kill ${name("renamed")}`),
    ]);
    await Promise.all([
      driver.login(alice, "127.0.0.2", [
        cli(run(name("one"))),
        cli(`docker exec ${name("one")} ls /`),
        cli(`docker rm -f ${name("one")}`),
      ]),
      driver.login(bob, "127.0.0.3", [
        cli(run(name("two"))),
        cli(`docker exec ${name("two")} ls /`),
        cli(`docker restart -t 0 ${name("two")}`),
      ]),
      driver.login(dave, "127.0.0.5", [
        sudo(run(name("three"))),
        sudo(`docker cp ${name("three")}:/etc/hostname /tmp/${name("h")}`),
        sudo(`docker stop -t 0 ${name("three")}`),
      ]),
    ]);
    // Two who do the same at one moment: by turns a container and an exec.
    if (round % 2 === 0)
      await driver.together(
        [
          [alice, "127.0.0.2"],
          [bob, "127.0.0.7"],
        ],
        name("run"),
        run(null, "", "sleep 800"),
      );
    else
      await driver.together(
        [
          [alice, "127.0.0.2"],
          [carol, "127.0.0.4"],
        ],
        name("exec"),
        "docker exec tools ls /",
      );
    await driver.login(bob, "127.0.0.3", [cli(`docker rm -f ${name("web")}`)], { password: true });
  }
  await driver.daemon(run("unit1"));
  const late = driver.step("cli", run("late"));
  await driver.login(bob, "127.0.0.3", [
    { ...late, text: `setsid nohup sh -c "sleep 1; ${late.text}" >/dev/null 2>&1 </dev/null &` },
  ]);
  await sleep(3500);
  await driver.cron(bob, run("cron1"));
}

/** A program that speaks to the API itself; its marker comes by its environment. */
export const CALL_SCRIPT = `import { request } from "node:http";
const call = (path, body) => new Promise((done, failed) => {
  const headers = { "X-Op": process.env.OP, "Content-Type": "application/json" };
  request({ socketPath: "/run/docker.sock", method: "POST", path: "/v1.41" + path, headers, agent: false }, (answer) => answer.resume().on("end", done)).on("error", failed).end(body && JSON.stringify(body));
});
const name = process.argv[2];
await call("/containers/create?name=" + name, { Image: "bb:1", Cmd: ["sleep", "900"], HostConfig: { NetworkMode: "none" } });
await call("/containers/" + name + "/start");
`;
