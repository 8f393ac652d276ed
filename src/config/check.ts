import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { LineCounter, parseDocument } from "yaml";
import { type ConfigFault, describeFaults, placeOf } from "./faults.ts";
import { CONFIG_SCHEMA } from "./schema.ts";

function validator(): ValidateFunction {
  return new Ajv2020({ allErrors: true, verbose: true, discriminator: true, strict: false }).compile(
    CONFIG_SCHEMA,
  );
}

/** References that the schema cannot say: a route's channel must exist, a channel's name must be its own. */
function crossFaults(value: unknown): readonly { key: string[]; text: string }[] {
  const { channels = [], routes = [] } = value as {
    channels?: { name: string }[];
    routes?: { channels: string[] }[];
  };
  const names = channels.map(({ name }) => name);
  const doubled = names.flatMap((name, at) =>
    names.indexOf(name) < at
      ? [{ key: ["channels", String(at), "name"], text: `expected a name of its own, "${name}" is taken` }]
      : [],
  );
  const unknown = routes.flatMap((route, at) =>
    route.channels.flatMap((name, index) =>
      names.includes(name)
        ? []
        : [
            {
              key: ["routes", String(at), "channels", String(index)],
              text: `expected the name of a channel (${names.join(", ") || "there are none"}), got "${name}"`,
            },
          ],
    ),
  );
  return [...doubled, ...unknown];
}

/** Reads YAML text against the schema. An empty file is an empty configuration. */
export function checkConfig(text: string): {
  readonly value: unknown;
  readonly faults: readonly ConfigFault[];
} {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0)
    return {
      value: null,
      faults: document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { line, column: col, key: "", text: error.message };
      }),
    };
  const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const validate = validator();
  if (!validate(value))
    return { value: null, faults: describeFaults(validate.errors ?? [], document, lines) };
  const faults = crossFaults(value).map(({ key, text }) => ({
    ...placeOf(document, lines, key),
    key: key.join("."),
    text,
  }));
  return { value, faults };
}
