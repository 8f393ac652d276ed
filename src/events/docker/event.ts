import type { DockerEvent } from "../../model/event.ts";
import { containerId, dockerRef, epochMs } from "../../model/ids.ts";
import type { DockerRecord, JsonObject } from "../../records/docker/record.ts";
import { containerFacts, execFacts } from "./facts.ts";
import { fieldsAt, objectAt, textAt } from "./json.ts";

/** Podman's words for what Docker names otherwise. */
const ACTIONS: Readonly<Record<string, string>> = { died: "die", remove: "destroy", exec_died: "exec_die" };
/** Actions of an API before 1.22, which has no `Type`, that are not about containers. */
const IMAGE_ACTIONS = new Set(["delete", "import", "load", "pull", "push", "save", "tag", "untag"]);
const CONTAINER_ID = /^[0-9a-f]{64}$/;

/** One Docker event, normalised: the old form (`status`, `id`, `from`) and the new one (`Type`, `Action`, `Actor`) alike. */
export function dockerEventOf(record: DockerRecord, backfill: boolean): DockerEvent {
  const { event, timeNano } = record;
  const actor = objectAt(event, "Actor");
  const attributes = fieldsAt(actor, "Attributes");
  const actorId = textAt(actor, "ID") || textAt(event, "id");
  const said = textAt(event, "Action") || textAt(event, "status");
  const colon = said.indexOf(":");
  const word = colon === -1 ? said : said.slice(0, colon);
  const type = textAt(event, "Type") || (IMAGE_ACTIONS.has(word) ? "image" : "container");
  const isContainer = type === "container";
  const action = (isContainer && Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined) ?? word;
  const concerned = isContainer ? actorId : (attributes["container"] ?? "");
  return {
    source: "docker",
    ref: dockerRef(timeNano, type, action, actorId),
    timeMs: epochMs(Number(timeNano) / 1e6),
    timeNano,
    type,
    action,
    // The daemon writes `PROGRAM ARGUMENTS`, with the space also where there are no arguments.
    execCommand:
      colon !== -1 && action.startsWith("exec_") ? said.slice(colon + 1).replaceAll(/^ | $/g, "") : null,
    actorId,
    container: CONTAINER_ID.test(concerned) ? containerId(concerned) : null,
    name: orNull(attributes["name"]),
    image: imageOf(event, type, attributes),
    execId: orNull(attributes["execID"]),
    exitCode: exitCodeOf(attributes["exitCode"] ?? attributes["containerExitCode"]),
    attributes,
    facts: containerFacts(record.inspect),
    exec: execFacts(record.inspect),
    inferred: record.inferred,
    backfill,
    raw: record.raw,
  };
}

const orNull = (text: string | undefined): string | null => (text === undefined || text === "" ? null : text);

function imageOf(event: JsonObject, type: string, attributes: DockerEvent["attributes"]): string | null {
  if (type === "image") return orNull(attributes["name"]) ?? orNull(textAt(event, "id"));
  return orNull(attributes["image"]) ?? orNull(textAt(event, "from"));
}

function exitCodeOf(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : null;
}
