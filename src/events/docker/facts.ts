import type { ContainerFacts, ExecFacts } from "../../model/event.ts";
import type { JsonObject } from "../../records/docker/record.ts";
import { fieldsAt, flagAt, numberAt, objectAt, objectsAt, textAt, textsAt } from "./json.ts";

/** What inspect of a container says, in the names of `GET /containers/ID/json`; null for any other answer. */
export function containerFacts(inspect: JsonObject | null): ContainerFacts | null {
  const host = objectAt(inspect, "HostConfig");
  const config = objectAt(inspect, "Config");
  if (host === null || config === null) return null;
  return {
    privileged: flagAt(host, "Privileged"),
    capAdd: textsAt(host, "CapAdd"),
    capDrop: textsAt(host, "CapDrop"),
    pidMode: textAt(host, "PidMode"),
    ipcMode: textAt(host, "IpcMode"),
    utsMode: textAt(host, "UTSMode"),
    usernsMode: textAt(host, "UsernsMode"),
    networkMode: textAt(host, "NetworkMode"),
    cgroupnsMode: textAt(host, "CgroupnsMode"),
    securityOpt: textsAt(host, "SecurityOpt"),
    appArmorProfile: textAt(inspect, "AppArmorProfile"),
    user: textAt(config, "User"),
    readonlyRootfs: flagAt(host, "ReadonlyRootfs"),
    mounts: mountsOf(inspect, host),
    devices: objectsAt(host, "Devices").map((device) => textAt(device, "PathOnHost")),
    memoryBytes: numberAt(host, "Memory"),
    pidsLimit: numberAt(host, "PidsLimit"),
    ports: portsOf(inspect, host),
    restartPolicy: textAt(objectAt(host, "RestartPolicy"), "Name"),
    autoRemove: flagAt(host, "AutoRemove"),
    image: textAt(config, "Image"),
    imageId: textAt(inspect, "Image"),
    command: textsAt(config, "Cmd"),
    tty: flagAt(config, "Tty"),
    healthcheck: textsAt(objectAt(config, "Healthcheck"), "Test"),
    labels: fieldsAt(config, "Labels"),
  };
}

type Mount = ContainerFacts["mounts"][number];

/** `Mounts`, and those of `HostConfig.Binds` that it lacks (an API before 1.20, some Podman versions). */
function mountsOf(inspect: JsonObject | null, host: JsonObject): readonly Mount[] {
  const mounts: Mount[] = objectsAt(inspect, "Mounts").map((mount) => ({
    type: textAt(mount, "Type"),
    source: textAt(mount, "Source"),
    destination: textAt(mount, "Destination"),
    rw: flagAt(mount, "RW"),
  }));
  const there = new Set(mounts.map(({ destination }) => destination));
  for (const bind of textsAt(host, "Binds")) {
    const [source = "", destination = "", mode = ""] = bind.split(":");
    if (destination === "" || there.has(destination)) continue;
    const type = source.startsWith("/") ? "bind" : "volume";
    mounts.push({ type, source, destination, rw: !mode.split(",").includes("ro") });
  }
  return mounts;
}

/** `HOSTIP:HOSTPORT->PORT/PROTOCOL`: as published where it runs, else as asked for. */
function portsOf(inspect: JsonObject | null, host: JsonObject): readonly string[] {
  const published = portsIn(objectAt(objectAt(inspect, "NetworkSettings"), "Ports"));
  return published.length > 0 ? published : portsIn(objectAt(host, "PortBindings"));
}

function portsIn(ports: JsonObject | null): readonly string[] {
  return Object.keys(ports ?? {}).flatMap((port) =>
    objectsAt(ports, port).map((binding) => {
      const ip = textAt(binding, "HostIp");
      const hostPort = textAt(binding, "HostPort");
      return `${ip.includes(":") ? `[${ip}]` : ip === "" ? "0.0.0.0" : ip}:${hostPort}->${port}`;
    }),
  );
}

/** What inspect of an exec says (`GET /exec/ID/json`); null for any other answer. */
export function execFacts(inspect: JsonObject | null): ExecFacts | null {
  const started = objectAt(inspect, "ProcessConfig");
  if (started === null) return null;
  return {
    privileged: flagAt(started, "privileged"),
    user: textAt(started, "user"),
    tty: flagAt(started, "tty"),
    command: [textAt(started, "entrypoint"), ...textsAt(started, "arguments")].filter(
      (word, i) => i > 0 || word !== "",
    ),
  };
}
