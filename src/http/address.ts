import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { DockwardenError } from "../model/fault.ts";

/** Where to listen. `host` has no brackets. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `127.0.0.1:8787`, `[::1]:8787`, `localhost:0`. @throws DockwardenError DW_HTTP_LISTEN */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[(?<six>[^\]]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text);
  const host = match?.groups?.["six"] ?? match?.groups?.["host"];
  const port = Number(match?.groups?.["port"]);
  if (host === undefined || port > 65_535)
    throw new DockwardenError(
      "DW_HTTP_LISTEN",
      `http.listen: expected HOST:PORT such as 127.0.0.1:8787 or [::1]:8787, got "${text}"`,
    );
  return { host, port };
}

/** True for what only this machine can reach: `localhost`, 127.0.0.0/8, ::1. */
export function isLoopback(host: string): boolean {
  if (host === "localhost") return true;
  return isIP(host) !== 0 && ipaddr.process(host).range() === "loopback";
}

/** `127.0.0.1:8787`, `[::1]:8787`: as it stands in a URL. */
export function hostPort(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The name in a Host header or of an origin, lower case, without port and brackets; null where it is none. */
export function hostName(hostHeader: string | undefined): string | null {
  if (hostHeader === undefined || !/^[\w.:[\]-]{1,255}$/.test(hostHeader)) return null;
  const url = URL.parse(`http://${hostHeader}`);
  return url === null ? null : url.hostname.replaceAll(/^\[|\]$/g, "");
}

const isUnspecified = (host: string): boolean =>
  isIP(host) !== 0 && ipaddr.parse(host).range() === "unspecified";

/**
 * Whether a request's Host may reach us: loopback names, the listen address, the public URL's host. A page of another
 * site whose name was pointed at this address (DNS rebinding) comes with that site's name, and is refused. When
 * listening on every address, any IP literal will do: a name is what rebinding needs.
 */
export function isHostAllowed(name: string, listenHost: string, publicHost: string | null): boolean {
  if (isLoopback(name) || name === listenHost.toLowerCase() || name === publicHost) return true;
  return isUnspecified(listenHost) && isIP(name) !== 0;
}
