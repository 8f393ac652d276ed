import { userInfo } from "node:os";
import type { DockerEndpoint } from "../../model/settings.ts";
import { errnoOf, wordsOf } from "../errno.ts";

/** Why the daemon cannot be asked, in words, and the command that mends it. */
export interface DockerTrouble {
  readonly detail: string;
  readonly mend: string | null;
}

/** Names each way in which a daemon is out of reach. */
export function troubleOf(error: unknown, endpoint: DockerEndpoint): DockerTrouble {
  const code = errnoOf(error);
  if ("socket" in endpoint) {
    const { socket } = endpoint;
    if (code === "ENOENT")
      return {
        detail: `${socket} is missing`,
        mend: "apt-get install docker.io && systemctl enable --now docker",
      };
    if (code === "EACCES" || code === "EPERM")
      return {
        detail: `no permission to open ${socket}`,
        mend: `usermod -aG docker ${userInfo().username} && systemctl restart dockwarden`,
      };
    if (code === "ECONNREFUSED")
      return { detail: `nobody listens on ${socket}`, mend: "systemctl restart docker" };
    return { detail: `${socket}: ${wordsOf(error)}`, mend: "systemctl status docker" };
  }
  const at = `${endpoint.host}:${endpoint.port}`;
  if (code === "DW_DOCKER_TLS_FILE")
    return { detail: wordsOf(error), mend: `ls -l ${endpoint.ca} ${endpoint.cert} ${endpoint.key}` };
  if (code === "ECONNREFUSED" || code === "EHOSTUNREACH" || code === "ETIMEDOUT" || code === "ENOTFOUND")
    return { detail: `${at} cannot be reached (${code})`, mend: `ss -ltn 'sport = :${endpoint.port}'` };
  const look = `openssl s_client -connect ${at} -CAfile ${endpoint.ca} -cert ${endpoint.cert} -key ${endpoint.key} -verify_return_error </dev/null`;
  if (TLS.test(code)) return { detail: `${at}: TLS failed: ${wordsOf(error)} (${code})`, mend: look };
  return { detail: `${at}: ${wordsOf(error)}`, mend: look };
}

/** OpenSSL's and Node's names for a certificate or a handshake that was refused. */
const TLS = /CERT|SSL|TLS|SELF_SIGNED|EPROTO|UNABLE_TO/;
