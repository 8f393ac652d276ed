import { readFileSync } from "node:fs";
import { DockwardenError } from "../model/fault.ts";

function read(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown error";
    throw new DockwardenError(
      "DW_SECRET_UNREADABLE",
      `${what}: cannot read ${path} (${reason}); it must be a file that the user of the daemon may read`,
      { cause },
    );
  }
}

/**
 * A secret's one line, without its newline. Never put it into an error or a log.
 * @param what names its place in the configuration, `channels.ops-mail.passwordFile`.
 * @throws DockwardenError DW_SECRET_UNREADABLE, DW_SECRET_EMPTY.
 */
export function readSecret(path: string, what: string): string {
  const secret = read(path, what).replace(/\r?\n$/, "");
  if (secret === "" || secret.includes("\n"))
    throw new DockwardenError("DW_SECRET_EMPTY", `${what}: expected one line of text in ${path}`);
  return secret;
}

/** Certificates in PEM. @throws DockwardenError DW_SECRET_UNREADABLE, DW_CA_INVALID. */
export function readCa(path: string, what: string): string {
  const pem = read(path, what);
  if (!pem.includes("-----BEGIN CERTIFICATE-----"))
    throw new DockwardenError("DW_CA_INVALID", `${what}: expected certificates in PEM form in ${path}`);
  return pem;
}
