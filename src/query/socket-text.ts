import { inet6Text } from "../records/audit/inet6-text.ts";
import { hexBytes, hexEnd, upToNul } from "./c-text.ts";

/** What a SOCKADDR record's address is to audit's tools. */
export type SocketText =
  | { readonly kind: "host"; readonly text: string }
  | { readonly kind: "path"; readonly text: string }
  | { readonly kind: "other" }
  | { readonly kind: "undecodable" }
  | { readonly kind: "short"; readonly warning: string; readonly code: number };

const AF = { unix: 1, inet: 2, inet6: 10 } as const;
const SIZE = { inet: 16, inet6: 28 } as const;

/** Reads `saddr` as hex, to the record's end, as a little-endian machine's tools do. */
export function socketAddressText(saddr: string): SocketText {
  const digits = hexEnd(saddr, 0);
  if (digits < 2 && !saddr.startsWith("(")) return { kind: "undecodable" };
  const size = saddr.length >> 1;
  const bytes = Buffer.alloc(Math.max(64, digits));
  bytes.set(
    saddr.startsWith("(") ? Buffer.from(saddr, "latin1").subarray(0, 8) : hexBytes(saddr.slice(0, digits)),
  );
  switch (bytes.readUInt16LE(0)) {
    case AF.unix: {
      const path = bytes.toString("latin1", 2, (digits + 1) >> 1);
      const text = upToNul(path.startsWith("\0") ? path.slice(1) : path);
      if (text === "") return { kind: "short", warning: "sun_path len too short\n", code: 3 };
      return { kind: "path", text };
    }
    case AF.inet:
      if (size < SIZE.inet) return { kind: "short", warning: "sockaddr len too short\n", code: 1 };
      return { kind: "host", text: bytes.subarray(4, 8).join(".") };
    case AF.inet6: {
      if (size < SIZE.inet6) return { kind: "short", warning: "sockaddr6 len too short\n", code: 2 };
      const scope = bytes.readUInt32LE(24);
      return { kind: "host", text: `${inet6Text(bytes.subarray(8, 24))}${scope === 0 ? "" : `%${scope}`}` };
    }
    default:
      return { kind: "other" };
  }
}
