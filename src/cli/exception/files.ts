import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DockwardenError } from "../../model/fault.ts";

const FILE = /^exception-([0-9a-f]{8})\.yml$/;

/** The file of an exception that was made by `exception add`. */
export const exceptionFile = (directory: string, id: string): string =>
  join(directory, `exception-${id}.yml`);

/** The id in a path that `exception add` wrote; null for other files. */
export const exceptionIdOf = (path: string): string | null =>
  FILE.exec(path.split("/").at(-1) ?? "")?.[1] ?? null;

/** @throws DockwardenError DW_EXCEPTION_WRITE with what to do. */
export function writeException(path: string, text: string): void {
  attempt("write", path, () => {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text, { flag: "wx", mode: 0o644 });
  });
}

/** The files of exceptions in rule directories whose id is `id` or begins so. */
export function filesOf(paths: readonly string[], id: string): readonly string[] {
  if (!/^[0-9a-f]{1,8}$/.test(id)) return [];
  return paths.flatMap((path) =>
    isDirectory(path)
      ? readdirSync(path)
          .filter((name) => exceptionIdOf(name)?.startsWith(id) === true)
          .map((name) => join(path, name))
      : [],
  );
}

/** @throws DockwardenError DW_EXCEPTION_WRITE with what to do. @returns what stood in the file. */
export function removeException(path: string): string {
  let text = "";
  attempt("remove", path, () => {
    text = readFileSync(path, "utf8");
    rmSync(path);
  });
  return text;
}

function attempt(verb: string, path: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    throw new DockwardenError(
      "DW_EXCEPTION_WRITE",
      `cannot ${verb} ${path}: ${(cause as Error).message}; run as a user who may (sudo)`,
      { cause },
    );
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
