import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "./host.ts";
import { runProgram } from "./program.ts";

/** Somebody who can log in to the host with a key and with a password, both made for this run. */
export interface User {
  readonly name: string;
  readonly password: string;
  /** The private key's file. */
  readonly keyFile: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** Makes users in the host; they go with it. `sudo` lets them become root without a password. */
export async function makeUsers<Name extends string>(
  host: LabHost,
  wanted: Readonly<Record<Name, { readonly groups?: readonly string[]; readonly sudo?: boolean }>>,
): Promise<Record<Name, User>> {
  const keys = join(host.dir, "keys");
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const users: Partial<Record<Name, User>> = {};
  for (const name of Object.keys(wanted) as Name[]) {
    const { groups = [], sudo = false } = wanted[name];
    const password = randomBytes(12).toString("base64url");
    const keyFile = join(keys, name);
    for (const group of groups) await host.run(["groupadd", "-f", "-r", group]);
    await host.run([
      "useradd",
      "-m",
      "-s",
      "/bin/bash",
      ...(groups.length > 0 ? ["-G", groups.join(",")] : []),
      name,
    ]);
    await host.run(["chpasswd"], { input: `${name}:${password}\n` });
    await runProgram(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", keyFile]);
    host.write(`/home/${name}/.ssh/authorized_keys`, readFileSync(`${keyFile}.pub`, "utf8"), 0o600);
    await host.run(["chown", "-R", `${name}:${name}`, `/home/${name}`]);
    await host.run(["chmod", "700", `/home/${name}/.ssh`]);
    if (sudo) host.write(`/etc/sudoers.d/${name}`, `${name} ALL=(ALL:ALL) NOPASSWD: ALL\n`, 0o440);
    const { stdout } = await runProgram(["ssh-keygen", "-lf", `${keyFile}.pub`]);
    users[name] = { name, password, keyFile, fingerprint: stdout.split(" ")[1] ?? "" };
  }
  return users as Record<Name, User>;
}
