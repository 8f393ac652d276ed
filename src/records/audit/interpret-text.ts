import { inet6Text } from "./inet6-text.ts";
import { enumTable, terminalKeys } from "./tables/interpretations.ts";

/** A text as C shows it: up to its first NUL. */
export const upToNul = (text: string): string => {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
};

/** What was typed on a terminal: text in quotes, keys by their names, split by commas. @param text decoded bytes, latin1. */
export function sayTyped(text: string): string {
  const pieces: string[] = [];
  let quoted = "";
  const endQuote = () => {
    if (quoted !== "") pieces.push(`"${quoted}"`);
    quoted = "";
  };
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    const isPlain = code >= 32 && (code < 127 || code >= 160);
    const key = isPlain ? undefined : terminalKeys().find(([sequence]) => text.startsWith(sequence, at));
    if (key !== undefined) {
      endQuote();
      pieces.push(`<${key[1]}>`);
      at += key[0].length;
      continue;
    }
    const char = text.charAt(at);
    if (code < 32 || code > 126) quoted += `\\${code.toString(8).padStart(3, "0")}`;
    else quoted += char === "\\" || char === '"' ? `\\${char}` : char;
    at += 1;
  }
  endQuote();
  return pieces.join(",");
}

const AF = { local: 1, inet: 2, ax25: 3, atmpvc: 8, x25: 9, inet6: 10, netlink: 16 } as const;

/**
 * A SOCKADDR record's `saddr` in the words of `ausearch -i`: `{ saddr_fam=inet laddr=10.0.0.1 lport=22 }`. The
 * bytes are read as those of a little-endian machine, as the real tool on x86_64 does; `socketAddress` reads both.
 * A link-local address has the number of its interface behind `%`; the real tool names the interface of its own host.
 */
export function saySocketAddress(saddr: string): string {
  const [hex = ""] = /^[0-9A-Fa-f]*/.exec(saddr) ?? [];
  if (hex.length < 2) return `malformed-host(${saddr})`;
  const size = saddr.length >> 1;
  const bytes = Buffer.alloc(Math.max(64, hex.length + 1));
  // A last digit that has no other is the high half of a byte.
  bytes.write(hex.length % 2 === 0 ? hex : `${hex}0`, "hex");
  const number = bytes.readUInt16LE(0);
  const name = enumTable("family").names.get(number);
  if (name === undefined) return `unknown-family(${number})`;
  const said = (rest: string) => `{ saddr_fam=${name} ${rest} }`;
  switch (number) {
    case AF.local: {
      if (size < 4) return said("sockaddr len too short");
      const path = bytes.toString("latin1", 2, (hex.length + 1) >> 1);
      return said(`path=${upToNul(path.startsWith("\0") ? path.slice(1) : path)}`);
    }
    case AF.inet:
      if (size < 16) return said("sockaddr len too short");
      return said(`laddr=${bytes.subarray(4, 8).join(".")} lport=${bytes.readUInt16BE(2)}`);
    case AF.ax25:
      return said(`call=${bytes.toString("latin1", 2, 9)}`);
    case AF.atmpvc:
      return said(`int=${bytes.readInt16LE(4)}`);
    case AF.x25:
      return said(`laddr=${upToNul(bytes.toString("latin1", 2, 17))}`);
    case AF.inet6: {
      if (size < 28) return said("sockaddr6 len too short");
      const scope = bytes.readUInt32LE(24);
      return said(
        `laddr=${inet6Text(bytes.subarray(8, 24))}${scope === 0 ? "" : `%${scope}`} lport=${bytes.readUInt16BE(2)}`,
      );
    }
    case AF.netlink:
      if (size < 12) return said("len too short");
      return said(`nlnk-fam=${number} nlnk-pid=${bytes.readUInt32LE(4)}`);
    default:
      return said("(unsupported)");
  }
}
