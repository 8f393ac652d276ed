import { join } from "node:path";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { answers, freePort } from "./port.ts";
import { type Ran, runProgram } from "./program.ts";
import type { User } from "./users.ts";

/** A running sshd that logs through the host's /dev/log (start rsyslogd before it). */
export interface Sshd extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** Starts sshd with PAM (so that logins have an audit session) on a free port of 127.0.0.1. */
export async function startSshd(host: LabHost): Promise<Sshd> {
  const port = await freePort();
  await host.run(["ssh-keygen", "-A"]);
  host.write(
    "/etc/ssh/sshd_lab_config",
    `Port ${port}
ListenAddress 127.0.0.1
LogLevel VERBOSE
UsePAM yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
MaxAuthTries 6
AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys/%u
MaxStartups 100:30:200
PidFile /run/sshd-lab.pid
UseDNS no
PrintMotd no
Subsystem sftp internal-sftp
`,
  );
  const sshd = host.start(["/usr/sbin/sshd", "-D", "-f", "/etc/ssh/sshd_lab_config"]);
  await eventually("sshd to listen", () => {
    if (sshd.exit() !== null) throw new Error(sshd.output());
    return answers({ port });
  });
  return { port, pid: sshd.pid, [Symbol.asyncDispose]: () => sshd[Symbol.asyncDispose]() };
}

export interface SshCall {
  readonly user: User | { readonly name: string };
  /** The client's address, one of 127.0.0.0/8. */
  readonly from: string;
  /** Absent: the user's own password, or key where that is absent too. `wrong` as a password fails. */
  readonly password?: string;
  /** Run by the user's shell; ignored where the login fails. */
  readonly command?: string;
  /** Asks for a terminal. */
  readonly tty?: boolean;
  /** Typed into the remote shell, one line after another. */
  readonly input?: string;
}

/** Logs in over SSH and runs a command. A login that fails has code 255. */
export function ssh(host: LabHost, sshd: Sshd, call: SshCall): Promise<Ran> {
  const { user, from, password, command, tty = false } = call;
  const options = {
    StrictHostKeyChecking: "no",
    UserKnownHostsFile: join(host.dir, "known_hosts"),
    LogLevel: "ERROR",
    IdentitiesOnly: "yes",
    NumberOfPasswordPrompts: 1,
  };
  const login = [
    "ssh",
    "-F",
    "/dev/null",
    "-p",
    String(sshd.port),
    "-b",
    from,
    tty ? "-tt" : "-T",
    ...Object.entries(options).flatMap(([key, value]) => ["-o", `${key}=${value}`]),
  ];
  const how =
    password === undefined
      ? ["-i", "keyFile" in user ? user.keyFile : "/nonexistent", "-o", "PasswordAuthentication=no"]
      : ["-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=password"];
  const argv = [...login, ...how, `${user.name}@127.0.0.1`, ...(command === undefined ? [] : [command])];
  return runProgram(password === undefined ? argv : ["sshpass", "-p", password, ...argv], {
    check: false,
    input: call.input ?? "",
  });
}
