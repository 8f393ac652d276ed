import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSettings } from "../../../config/settings.ts";
import { DockwardenError } from "../../../model/fault.ts";
import { EXIT, type Terminal } from "../../command.ts";
import { localRules, takeUpText } from "../../local-rules.ts";
import { casesText, ruleText, SKELETONS, type SkeletonName } from "./skeletons.ts";

interface NewOptions {
  dir?: string;
  config?: string;
  kind: SkeletonName;
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** `rules new`: a rule to begin with and its cases, in the host's own rules directory. Never writes over a file. */
export async function newRule(options: NewOptions, terminal: Terminal, name: string): Promise<number> {
  if (!NAME.test(name))
    throw new DockwardenError(
      "DW_CLI_OPTION",
      `rules new: expected a name of lower-case letters, digits, - and _, such as backup_changed, got "${name}"`,
    );
  const local = localRules(await readSettings(options.config ?? null), options.dir ?? null);
  const files = [join(local.directory, `${name}.yml`), join(local.directory, `${name}.test.yml`)] as const;
  const taken = files.find((file) => existsSync(file));
  if (taken !== undefined)
    throw new DockwardenError("DW_RULE_EXISTS", `${taken} is there already; choose another name`);
  const skeleton = SKELETONS[options.kind];
  const words = name.replaceAll(/[-_]/g, " ");
  const texts = [
    ruleText(skeleton, {
      id: randomUUID(),
      name,
      title: words.charAt(0).toUpperCase() + words.slice(1),
      date: new Date().toISOString().slice(0, 10),
    }),
    casesText(skeleton),
  ];
  writeBoth(files, texts);
  for (const file of files) terminal.out.write(`${file}\n`);
  terminal.err.write(
    `Edit it, then: dockwarden rules check && dockwarden rules test --rules ${files[0]}; ${takeUpText(local)}\n`,
  );
  return EXIT.done;
}

/** @throws DockwardenError DW_RULE_WRITE; then neither file is there. */
function writeBoth(files: readonly string[], texts: readonly string[]): void {
  const written: string[] = [];
  try {
    mkdirSync(join(files[0] ?? "", ".."), { recursive: true });
    for (const [at, file] of files.entries()) {
      writeFileSync(file, texts[at] ?? "", { flag: "wx", mode: 0o644 });
      written.push(file);
    }
  } catch (cause) {
    for (const file of written) rmSync(file, { force: true });
    throw new DockwardenError(
      "DW_RULE_WRITE",
      `cannot write the rule: ${(cause as Error).message}; run as a user who may write there (sudo), or name a directory with --dir`,
      { cause },
    );
  }
}
