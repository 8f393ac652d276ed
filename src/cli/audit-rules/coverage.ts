import type { TextShape } from "../../findings/needs/constraint.ts";
import type { DataNeed } from "../../findings/needs/needs.ts";
import type { AuditRule } from "./audit-rule.ts";

/** How far audit rules serve a need, and the rules that would serve the rest. */
export interface Coverage {
  readonly state: "whole" | "part" | "none";
  /** Audit rules to load, one line each. */
  readonly missing: readonly string[];
  /** Those of the given ones that serve it. */
  readonly serving: readonly AuditRule[];
}

/** The audit rule that logs the start of every program, also in containers. */
export const EVERY_PROGRAM = "-a always,exit -F arch=b64 -S execve,execveat -F key=dw-exec";
const CONNECTS = [2, 10].map(
  (family) => `-a always,exit -F arch=b64 -S connect -F saddr_fam=${family} -F key=dw-net`,
);

/** What the audit rules `loaded` give of what a rule needs. @param exists whether the host has a path: what is nowhere cannot be watched. */
export function coverageOf(
  need: DataNeed,
  loaded: readonly AuditRule[],
  exists: (path: string) => boolean,
): Coverage {
  const rules = loaded.filter(({ action }) => action === "always");
  switch (need.kind) {
    case "docker":
    case "sshd":
    case "records":
      return { state: "whole", missing: [], serving: [] };
    case "network":
      return whole(
        rules.filter(
          (rule) =>
            catches(rule, ["connect"]) &&
            rule.path === null &&
            rule.dir === null &&
            rule.exe === null &&
            rule.others.length === 0,
        ),
        CONNECTS,
      );
    case "keys":
      return whole(
        rules.filter(({ key }) => key !== null && need.keys.includes(key)),
        need.keys.map((key) => `-a always,exit … -F key=${key}`),
      );
    case "calls": {
      const { names } = need;
      if (names === null) return whole(rules, ["-a always,exit …"]);
      return whole(
        rules.filter((rule) => rule.dir === null && rule.path === null && catches(rule, names)),
        [`-a always,exit -F arch=b64 -S ${names.join(",")} -F key=dw-calls`],
      );
    }
    case "exec":
      return execs(need.images, rules);
    case "file":
      return files(need, rules, exists);
    default:
      return need satisfies never;
  }
}

function whole(serving: readonly AuditRule[], missing: readonly string[]): Coverage {
  return serving.length > 0
    ? { state: "whole", missing: [], serving }
    : { state: "none", missing, serving: [] };
}

/** A rule that says no call and no permission is for every call. */
function catches({ calls, perm }: AuditRule, names: readonly string[]): boolean {
  return calls.length === 0 ? perm === null : names.some((name) => calls.includes(name));
}

/** /bin is /usr/bin on all but the oldest hosts. */
export const mergedPath = (path: string): string => path.replace(/^\/usr(?=\/(bin|sbin|lib|lib64)\/)/, "");

function execs(images: readonly TextShape[] | null, rules: readonly AuditRule[]): Coverage {
  const every = rules.filter(
    (rule) =>
      catches(rule, ["execve"]) &&
      rule.path === null &&
      rule.dir === null &&
      rule.exe === null &&
      rule.others.length === 0,
  );
  const forAll = every.filter(({ isPeopleOnly }) => !isPeopleOnly);
  if (forAll.length > 0) return { state: "whole", missing: [], serving: forAll };
  const serving = new Set<AuditRule>(every);
  const unserved = (images ?? [null]).filter((image) => {
    const own = rules.filter(
      ({ perm, path, dir }) =>
        perm?.includes("x") === true &&
        image !== null &&
        [path, dir].some((place) => place !== null && isWithin(image, place, place === dir)),
    );
    for (const rule of own) serving.add(rule);
    return own.length === 0;
  });
  const state = unserved.length === 0 ? "whole" : serving.size === 0 ? "none" : "part";
  return { state, missing: unserved.length === 0 ? [] : [EVERY_PROGRAM], serving: [...serving] };
}

function isWithin(shape: TextShape, place: string, isDirectory: boolean): boolean {
  const [text, at] = [mergedPath(shape.text), mergedPath(place)];
  switch (shape.kind) {
    case "exact":
      return text === at || (isDirectory && text.startsWith(`${at}/`));
    case "prefix":
      return (isDirectory && `${text}/`.replace("//", "/").startsWith(`${at}/`)) || at.startsWith(text);
    case "suffix": {
      const directory = shape.text.slice(0, Math.max(0, shape.text.lastIndexOf("/")));
      return place.endsWith(shape.text) || (isDirectory && directory !== "" && place.endsWith(directory));
    }
    case "part":
      return place.includes(shape.text) || (isDirectory && `${place}/`.includes(shape.text));
    default:
      return shape.kind satisfies never;
  }
}

function files(
  { access, paths }: DataNeed & { readonly kind: "file" },
  rules: readonly AuditRule[],
  exists: (path: string) => boolean,
): Coverage {
  const letters = access === "change" ? "wa" : "r";
  const fitting = rules.filter((rule) =>
    access === "connect"
      ? catches(rule, ["connect"]) && rule.families.length === 0
      : rule.perm === null
        ? catches(
            rule,
            access === "change" ? ["openat", "open", "unlinkat", "renameat2"] : ["openat", "open"],
          )
        : letters.split("").some((letter) => rule.perm?.includes(letter)),
  );
  const serving = new Set<AuditRule>();
  const unwatched: TextShape[] = [];
  for (const shape of paths ?? []) {
    const own = fitting.filter(
      ({ path, dir }) =>
        (path === null && dir === null) ||
        [path, dir].some((place) => place !== null && isWithin(shape, place, place === dir)),
    );
    for (const rule of own) serving.add(rule);
    if (own.length === 0 && mayExist(shape, exists)) unwatched.push(shape);
  }
  const key = [...serving][0]?.key ?? "dw-file";
  const missing = unwatched.map((shape) => lineFor(shape, access, key));
  if (paths === null) {
    for (const rule of fitting) serving.add(rule);
    if (serving.size === 0) missing.push(`-a always,exit -F dir=DIRECTORY -F perm=${letters} -F key=dw-file`);
  }
  if (missing.length > 0)
    return {
      state: serving.size === 0 ? "none" : "part",
      missing: [...new Set(missing)],
      serving: [...serving],
    };
  // Nothing that the rule names is on this host: it cannot match, and there is nothing to load.
  return { state: serving.size === 0 ? "none" : "whole", missing: [], serving: [...serving] };
}

/** A file can be made where its directory is; what ends in a name may be anywhere. */
function mayExist({ kind, text }: TextShape, exists: (path: string) => boolean): boolean {
  if (kind === "suffix" || kind === "part") return true;
  const directory = kind === "prefix" && text.endsWith("/") ? text.slice(0, -1) : text;
  if (exists(directory)) return true;
  return kind === "exact" && PLACES_OF_NEW_FILES.test(text) && exists(text.slice(0, text.lastIndexOf("/")));
}
/** Here a file that does not exist yet counts; a program that is not installed does not. */
const PLACES_OF_NEW_FILES = /^\/(?:etc|root|home|var\/spool)\//;

/** The rule for a path; with the key of the rules that serve the same detection. */
function lineFor({ kind, text }: TextShape, access: "change" | "read" | "connect", key: string): string {
  if (access === "connect")
    return `-a always,exit -F arch=b64 -S connect -F path=${kind === "exact" ? text : `/run${text}`} -F key=dw-api`;
  const perm = access === "change" ? "wa" : "r";
  if (kind === "exact") return `-a always,exit -F path=${text} -F perm=${perm} -F key=${key}`;
  const dir =
    kind === "prefix"
      ? text.endsWith("/")
        ? text.slice(0, -1)
        : text.slice(0, Math.max(1, text.lastIndexOf("/")))
      : `DIRECTORY${text.slice(0, Math.max(0, text.lastIndexOf("/")))}`;
  return `-a always,exit -F dir=${dir} -F perm=${perm} -F key=${key}`;
}
