import { readSettings } from "../../config/settings.ts";
import { printable } from "../../lib/printable.ts";
import { EXIT, type Terminal } from "../command.ts";
import { RELOAD } from "../local-rules.ts";
import { filesOf, removeException } from "./files.ts";

export interface RemoveOptions {
  config?: string;
  dir?: string;
}

/** `exception remove`: deletes the files of exceptions, and shows what stood in them. */
export async function removeExceptions(
  ids: readonly string[],
  options: RemoveOptions,
  terminal: Terminal,
): Promise<number> {
  const { rules } = await readSettings(options.config ?? null);
  const paths = options.dir === undefined ? rules : [options.dir];
  let isChanged = false;
  let code: number = EXIT.done;
  for (const id of ids) {
    const [file, ...others] = filesOf(paths, id);
    if (file === undefined || others.length > 0) {
      code = EXIT.nothing;
      terminal.err.write(
        `dockwarden: no exception has the id '${printable(id)}', or several begin so; 'dockwarden exception list' lists them\n`,
      );
      continue;
    }
    const text = removeException(file);
    isChanged = true;
    terminal.out.write(`removed ${file}, which said:\n`);
    for (const line of text.trimEnd().split("\n")) terminal.out.write(`    ${printable(line)}\n`);
  }
  if (isChanged) terminal.err.write(`${RELOAD}\n`);
  return code;
}
