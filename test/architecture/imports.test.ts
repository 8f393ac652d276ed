import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../../src");
const EDGES = ["http", "cli", "config", "app"];

/** Folder of src/ → what it may import: own folders, and packages where they are restricted. `node:` modules without I/O are free. */
const MAY: Record<string, { readonly folders: readonly string[]; readonly packages: readonly string[] }> = {
  model: { folders: [], packages: [] },
  ports: { folders: ["model"], packages: [] },
  lib: { folders: [], packages: ["ipaddr.js", "re2js", "yaml"] },
  sources: { folders: ["model", "ports", "lib"], packages: ["tail", "dockerode"] },
  records: { folders: ["model", "lib"], packages: ["ipaddr.js"] },
  events: { folders: ["model", "ports", "lib", "records"], packages: ["ipaddr.js"] },
  // `records` also answers what a record means (records/audit/accessors.ts): pure, and the same for every stage.
  sessions: { folders: ["model", "ports", "lib", "records"], packages: ["ipaddr.js"] },
  findings: { folders: ["model", "ports", "lib", "records"], packages: ["yaml", "ipaddr.js", "re2js"] },
  alerts: { folders: ["model", "ports", "lib"], packages: [] },
  deliveries: { folders: ["model", "ports", "lib"], packages: ["nodemailer", "standardwebhooks"] },
  posture: { folders: ["model", "ports", "lib"], packages: ["dockerode", "yaml"] },
  query: { folders: ["model", "lib", "records"], packages: [] },
  reports: { folders: ["model", "query", "lib", "records"], packages: [] },
  store: { folders: ["model", "ports", "query", "lib"], packages: ["better-sqlite3"] },
};
/** The world: files, sockets, processes. Only edges and the stages that are edges by name reach for it. */
const WORLDLY = /^node:(fs|net|http|https|tls|child_process|dgram|os|cluster)/;
const MAY_TOUCH_THE_WORLD = ["sources", "deliveries", "posture", "store", ...EDGES];

const files = globSync("**/*.ts", { cwd: SRC }).filter((file) => !file.endsWith(".d.ts"));

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8").replaceAll(/^\s*(\/\*\*|\*|\/\/).*$/gm, "");
  return [...text.matchAll(/(?:from\s+|import\s*\(\s*|^import\s+|getBuiltinModule\(\s*)"([^"]+)"/gm)].map(
    (match) => match[1] ?? "",
  );
}

it("sees the tree", () => {
  expect(files.length).toBeGreaterThan(10);
});

it.each(files)("%s imports only what its folder may", (file) => {
  const folder = file.split("/")[0] ?? "";
  const may = MAY[folder];
  const wrong: string[] = [];
  for (const target of importsOf(file)) {
    if (target.startsWith(".")) {
      const to = relative(SRC, normalize(join(SRC, dirname(file), target))).split("/")[0] ?? "";
      if (may !== undefined && to !== folder && !may.folders.includes(to) && to !== "..") wrong.push(target);
    } else if (target.startsWith("node:")) {
      if (WORLDLY.test(target) && !MAY_TOUCH_THE_WORLD.includes(folder)) wrong.push(target);
    } else if (
      may !== undefined &&
      !may.packages.some((name) => target === name || target.startsWith(`${name}/`))
    )
      wrong.push(target);
  }
  expect(wrong).toEqual([]);
});

it.each(files)("%s has at most 400 lines", (file) => {
  if (file.includes(".generated.")) return;

  const lines = readFileSync(join(SRC, file), "utf8").split("\n").length;

  expect(lines).toBeLessThanOrEqual(401);
});

/** Modules that are read with a file: what it imports, but for types and what it imports when it needs it. */
function readWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(SRC, file), "utf8");
  for (const [, target = ""] of text.matchAll(/^(?:import|export)\s(?!type\s)[^;]*?from "(\.[^"]+)";/gm))
    readWith(normalize(join(dirname(file), target)), seen);
  return seen;
}

// Each module costs a cold command 0.2 ms, and tables more.
it.each([
  [
    "ausearch",
    ["cli/commands/ausearch.ts", "cli/ausearch-stored.ts"],
    /^reports\/normal\/|query\/(?:log-reader|extract|parse-)/,
  ],
  ["aureport", ["cli/commands/aureport.ts", "cli/stored-events.ts"], /^reports\/ausearch\//],
])(
  "%s of the database reads no table of names and nothing of others before it needs that",
  (_, first, others) => {
    const read = [
      ...new Set([...first, "store/sqlite/audit-reads.ts"].flatMap((file) => [...readWith(file)])),
    ];

    expect(read).toContain("cli/column-fields.ts");
    expect(read).toContain("store/sqlite/raw.ts");
    expect(read.filter((file) => others.test(file) || /interpret|syscalls/.test(file))).toEqual([]);
  },
);
