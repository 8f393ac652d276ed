import { inet6Text } from "./inet6-text.ts";

/** What a socket address says. `family` is the word that `ausearch -i` uses. */
export type SocketAddress =
  /** A unix socket; an abstract one has no file, and its name may hold any byte. Both empty: an unnamed socket. */
  | { readonly family: "local"; readonly path: string; readonly isAbstract: boolean }
  | { readonly family: "inet"; readonly address: string; readonly port: number }
  | { readonly family: "inet6"; readonly address: string; readonly port: number; readonly scope: number }
  | { readonly family: "netlink"; readonly pid: number; readonly groups: number }
  | { readonly family: "packet"; readonly protocol: number; readonly interfaceIndex: number }
  | { readonly family: "vsock"; readonly cid: number; readonly port: number }
  /** Any other family, or an address that is too short for its own. */
  | { readonly family: "other"; readonly number: number };

const AF = { local: 1, inet: 2, inet6: 10, netlink: 16, packet: 17, vsock: 40 } as const;

/**
 * Reads a SOCKADDR record's `saddr`: the bytes that were given to the kernel (struct sockaddr_…), in the byte order
 * of the machine that wrote them, as hex digits. Null where the text is no hex of at least two bytes.
 */
export function socketAddress(saddr: string): SocketAddress | null {
  if (!/^(?:[0-9A-Fa-f]{2}){2,}$/.test(saddr)) return null;
  const bytes = Buffer.from(saddr, "hex");
  // Families are below 256, so the first byte is 0 only on a big-endian machine (s390x, ppc64) or for AF_UNSPEC.
  const isBig = bytes[0] === 0 && bytes[1] !== 0;
  const u16 = (at: number) => (isBig ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
  const u32 = (at: number) => (isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  const number = u16(0);
  const size = bytes.length;
  if (number === AF.local) return { family: "local", ...localPath(bytes) };
  if (number === AF.inet && size >= 8)
    return { family: "inet", address: bytes.subarray(4, 8).join("."), port: bytes.readUInt16BE(2) };
  if (number === AF.inet6 && size >= 24)
    return {
      family: "inet6",
      address: inet6Text(bytes.subarray(8, 24)),
      port: bytes.readUInt16BE(2),
      scope: size >= 28 ? u32(24) : 0,
    };
  if (number === AF.netlink && size >= 12) return { family: "netlink", pid: u32(4), groups: u32(8) };
  if (number === AF.packet && size >= 8)
    return { family: "packet", protocol: bytes.readUInt16BE(2), interfaceIndex: u32(4) };
  if (number === AF.vsock && size >= 12) return { family: "vsock", cid: u32(8), port: u32(4) };
  return { family: "other", number };
}

function localPath(bytes: Buffer): { path: string; isAbstract: boolean } {
  if (bytes.length > 2 && bytes[2] === 0) {
    // The name is all that follows, NUL or not; connect() with a whole sockaddr_un pads it, and that padding is dropped.
    const name = bytes.toString("latin1", 3).replace(/\0+$/, "");
    return { path: name, isAbstract: name !== "" };
  }
  const end = bytes.indexOf(0, 2);
  return { path: bytes.toString("latin1", 2, end < 0 ? bytes.length : end), isAbstract: false };
}
