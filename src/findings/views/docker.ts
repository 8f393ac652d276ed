import type { ContainerFacts, DockerEvent, Fields } from "../../model/event.ts";
import { type About, commonReader, groupOf, type Subject } from "./common.ts";
import type { ContainerTable } from "./containers.ts";
import type { EndTable } from "./ends.ts";
import { type FieldValue, viewKind } from "./view.ts";

/** One Docker event, with what inspect said of its container. */
export interface DockerSubject extends Subject {
  readonly docker: DockerEvent;
  readonly containers: ContainerTable;
  readonly ends: EndTable;
  /** The image was never used here before, though others were. */
  readonly isNewImage: boolean;
}

const text = (value: string | number | null | undefined): string | undefined =>
  value === null || value === undefined ? undefined : String(value);

const EVENT_FIELDS: Readonly<Record<string, (event: DockerEvent) => FieldValue>> = {
  Type: (event) => event.type,
  Action: (event) => event.action,
  ActorId: (event) => event.actorId,
  ContainerId: (event) => text(event.container),
  ContainerName: (event) => text(event.name),
  Image: (event) => text(event.image),
  ImageReference: (event) => (event.image === null ? undefined : imageReference(event.image)),
  execCommand: (event) => text(event.execCommand),
  execId: (event) => text(event.execId),
  exitCode: (event) => text(event.exitCode),
  signal: (event) => event.attributes["signal"],
  ComposeProject: (event) => label(event, "com.docker.compose.project"),
  ComposeService: (event) => label(event, "com.docker.compose.service"),
  "Exec.Privileged": (event) =>
    event.exec === undefined || event.exec === null ? undefined : String(event.exec.privileged),
  "Exec.User": (event) => text(event.exec?.user),
  "Exec.Command": (event) => event.exec?.command.join(" "),
  "Exec.Tty": (event) =>
    event.exec === undefined || event.exec === null ? undefined : String(event.exec.tty),
  Inferred: (event) => String(event.inferred),
};

const FACT_FIELDS: Readonly<Record<string, (facts: ContainerFacts) => FieldValue>> = {
  "HostConfig.CapAdd": (facts) => facts.capAdd.map(capability),
  "HostConfig.CapDrop": (facts) => facts.capDrop.map(capability),
  "HostConfig.PidMode": (facts) => facts.pidMode,
  "HostConfig.IpcMode": (facts) => facts.ipcMode,
  "HostConfig.UTSMode": (facts) => facts.utsMode,
  "HostConfig.UsernsMode": (facts) => facts.usernsMode,
  "HostConfig.NetworkMode": (facts) => facts.networkMode,
  "HostConfig.CgroupnsMode": (facts) => facts.cgroupnsMode,
  "HostConfig.SecurityOpt": (facts) => facts.securityOpt,
  "HostConfig.ReadonlyRootfs": (facts) => String(facts.readonlyRootfs),
  "HostConfig.Devices": (facts) => facts.devices,
  "HostConfig.Memory": (facts) => String(facts.memoryBytes),
  "HostConfig.PidsLimit": (facts) => String(facts.pidsLimit),
  "HostConfig.RestartPolicy": (facts) => facts.restartPolicy,
  "HostConfig.Ports": (facts) => facts.ports,
  AppArmorProfile: (facts) => facts.appArmorProfile,
  "Config.User": (facts) => facts.user,
  "Config.Cmd": (facts) => facts.command.join(" "),
  "Config.Tty": (facts) => String(facts.tty),
  ImageId: (facts) => facts.imageId,
  "Mounts.Type": (facts) => facts.mounts.map(({ type }) => type),
  "Mounts.Source": (facts) => facts.mounts.map(({ source }) => source),
  "Mounts.Destination": (facts) => facts.mounts.map(({ destination }) => destination),
  "Mounts.RW": (facts) => facts.mounts.map(({ rw }) => String(rw)),
  // One rule cannot ask two fields of the same mount, so each mount is one text here too.
  "Mounts.Writable": (facts) => facts.mounts.filter(({ rw }) => rw).map(({ source }) => source),
  "Mounts.ReadOnly": (facts) => facts.mounts.filter(({ rw }) => !rw).map(({ source }) => source),
};

/** The whole name, as `docker.io/library/nginx` for `nginx:1`, without tag and digest; an image's id stays. */
export function imageReference(image: string): string {
  if (/^(sha256:)?[0-9a-f]{12,64}$/.test(image)) return image;
  const name = image.replace(/@sha256:[0-9a-f]+$/, "").replace(/:[^:/]+$/, "");
  const [first = "", ...rest] = name.split("/");
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (hasRegistry) return name;
  return `docker.io/${rest.length === 0 ? `library/${first}` : name}`;
}

/** Docker takes `SYS_ADMIN`, `cap_sys_admin` and `CAP_SYS_ADMIN` alike. */
function capability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, "");
}

/** Labels are the container's author's: `constructor` is a name like any other. */
function own(fields: Fields, name: string): string | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function label(event: DockerEvent, name: string): string | undefined {
  return own(event.facts?.labels ?? {}, name) ?? own(event.attributes, name);
}

/** What is known of the container from its creation, also where this event came without inspect's answer. */
const MEMORY_FIELDS: Readonly<Record<string, (subject: DockerSubject) => FieldValue>> = {
  HealthcheckCommand: ({ docker, containers }) => text(containers.find(docker.container)?.healthcheck),
  "HostConfig.Privileged": ({ docker, containers }) => {
    const privileged = docker.facts?.privileged ?? containers.find(docker.container)?.privileged;
    return privileged === undefined ? undefined : String(privileged);
  },
  "HostConfig.AutoRemove": ({ docker, containers }) => {
    const autoRemove = docker.facts?.autoRemove ?? containers.find(docker.container)?.autoRemove;
    return autoRemove === undefined ? undefined : String(autoRemove);
  },
  EndedBy: ({ docker, ends }) => text(ends.find(docker.container)),
  "FirstSeen.Image": ({ isNewImage }) => String(isNewImage),
};

function reader(field: string): (subject: DockerSubject) => FieldValue {
  const common = commonReader(field);
  if (common !== null) return common;
  const remembered = Object.hasOwn(MEMORY_FIELDS, field) ? MEMORY_FIELDS[field] : undefined;
  if (remembered !== undefined) return remembered;
  const ofEvent = Object.hasOwn(EVENT_FIELDS, field) ? EVENT_FIELDS[field] : undefined;
  if (ofEvent !== undefined) return ({ docker }) => ofEvent(docker);
  const ofFacts = Object.hasOwn(FACT_FIELDS, field) ? FACT_FIELDS[field] : undefined;
  if (ofFacts !== undefined) return ({ docker: { facts } }) => (facts === null ? undefined : ofFacts(facts));
  if (field.startsWith("labels.")) return ({ docker }) => label(docker, field.slice("labels.".length));
  if (field.startsWith("attributes."))
    return ({ docker }) => own(docker.attributes, field.slice("attributes.".length));
  return () => undefined;
}

/** `product: docker`, `service: events`. Keywords look in the event as the daemon sent it. */
export const DOCKER = viewKind<DockerSubject>({
  name: "docker",
  isBytes: false,
  reader,
  keywords: ({ docker }) => docker.raw,
});

const SHORT_ID = 12;

export function aboutDocker({ docker }: DockerSubject): About {
  if (docker.container !== null) {
    const container = docker.name ?? docker.container.slice(0, SHORT_ID);
    return {
      group: groupOf({ container, image: docker.image }),
      object: `container ${container}${docker.image === null ? "" : ` (image ${docker.image})`}`,
    };
  }
  const name = docker.attributes["name"] ?? docker.actorId.slice(0, 64);
  return {
    group: groupOf({ [docker.type]: name }),
    object: name === "" ? docker.type : `${docker.type} ${name}`,
  };
}
