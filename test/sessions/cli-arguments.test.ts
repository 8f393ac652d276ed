import { describe, expect, it } from "vitest";
import { dockerCommand } from "../../src/sessions/cli-arguments.ts";

const of = (line: string) => {
  const { verb, options, operands } = dockerCommand(line.split(" "));
  return { verb, options: Object.fromEntries(options), operands };
};

describe("a docker command line", () => {
  it.each([
    ["docker run -d --name web1 -v /:/host bb:1 sleep 600", "run", ["bb:1", "sleep", "600"]],
    ["docker -H unix:///run/docker.sock --tls container run bb:1 ls -l", "run", ["bb:1", "ls", "-l"]],
    ["docker -l debug exec -it -e A=1 web1 sh -c x", "exec", ["web1", "sh", "-c", "x"]],
    ["docker rm -fv a b", "rm", ["a", "b"]],
    ["docker stop -t 1 web1", "stop", ["web1"]],
    ["docker container ls -a", "ps", []],
    ["docker image rm --force x:1", "rmi", ["x:1"]],
    ["docker image prune -af", "image-prune", []],
    ["docker system prune -a --volumes -f", "system-prune", []],
    ["docker volume create v1", "volume-create", ["v1"]],
    ["docker buildx build --load -t x:1 .", "build", ["."]],
    ["docker compose up -d", "compose", ["up"]],
    ["docker", "", []],
    ["docker run", "run", []],
  ])("%s", (line, verb, operands) => {
    expect(of(line)).toMatchObject({ verb, operands });
  });

  it("reads options in all their spellings", () => {
    expect(
      of("docker run -itd --rm --name=a -p80:80 -eX=1 --cap-add SYS_ADMIN --cap-add=NET_ADMIN bb:1").options,
    ).toEqual({
      interactive: ["true"],
      tty: ["true"],
      detach: ["true"],
      rm: ["true"],
      name: ["a"],
      publish: ["80:80"],
      env: ["X=1"],
      "cap-add": ["SYS_ADMIN", "NET_ADMIN"],
    });
  });

  it("leaves the container's own options alone", () => {
    expect(of("docker run bb:1 sh --name x -d").options).toEqual({});
    expect(of("docker exec web1 docker run --name y").operands).toEqual([
      "web1",
      "docker",
      "run",
      "--name",
      "y",
    ]);
  });
});
