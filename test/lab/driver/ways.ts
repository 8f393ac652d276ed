import type { Driver, Step } from "./operations.ts";
import type { People } from "./scenario.ts";

/** Two services, one after the other; no network, so that no bridge is needed. */
const COMPOSE = `version: "2.4"
services:
  db:
    image: bb:1
    command: sleep 900
    network_mode: none
    stop_grace_period: 0s
  app:
    image: bb:1
    command: sleep 900
    network_mode: none
    stop_grace_period: 0s
    depends_on: [db]
`;
const DOCKERFILE = "FROM bb:1\nCOPY note /note\nRUN cat /note\n";

/** The API by other roads than one CLI call at the socket: compose, TCP, both builders, a swarm. */
export async function ways(driver: Driver, { alice, bob, carol }: People, tcp: string): Promise<void> {
  const folder = "/run/ops/ways";
  driver.write(`${folder}/compose.yml`, COMPOSE);
  driver.write(`${folder}/image/Dockerfile`, DOCKERFILE);
  driver.write(`${folder}/image/note`, "built\n");
  const cli = (command: string) => driver.step("cli", command);
  const remote = (command: string) => driver.step("cli", `DOCKER_HOST=${tcp} ${command}`);
  const compose = (project: string, verb: string) =>
    driver.step("compose", `docker-compose -p ${project} -f ${folder}/compose.yml ${verb}`);

  await driver.login(carol, "127.0.0.4", [compose("shop", "up -d")]);
  await driver.login(bob, "127.0.0.3", [cli("docker run -d --name beside --network none bb:1 sleep 900")]);
  await Promise.all([
    driver.login(alice, "127.0.0.2", [compose("blog", "up -d"), compose("blog", "restart -t 0")]),
    driver.login(bob, "127.0.0.3", [cli("docker exec beside ls /"), cli("docker restart -t 0 beside")]),
  ]);
  await driver.login(bob, "127.0.0.7", [compose("shop", "down -t 0"), compose("blog", "down -t 0")]);

  await driver.login(alice, "127.0.0.2", [
    remote("docker run -d --name far --network none bb:1 sleep 900"),
    remote("docker exec far ls /"),
  ]);
  await driver.login(carol, "127.0.0.4", [remote("docker rm -f far")]);

  await driver.login(alice, "127.0.0.2", [cli(`docker build -t old:1 ${folder}/image`)]);
  // Of BuildKit (20.10) Docker's events have only the image's name. Debian's client has it built in.
  await driver.login(bob, "127.0.0.3", [
    cli(`DOCKER_BUILDKIT=1 /usr/bin/docker build --network none -t new:1 ${folder}/image`),
  ]);

  await driver.login(carol, "127.0.0.4", [
    cli("docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:0"),
    cli("docker service create -d --name task --replicas 1 --network host bb:1 sleep 900"),
  ]);
  // The agent takes its time, to start the task and to end it.
  const later = (step: Step) => ({ ...step, text: `sleep 4; ${step.text}` });
  await driver.login(bob, "127.0.0.3", [
    later(cli("docker service rm task")),
    later(cli("docker swarm leave --force")),
  ]);
}
