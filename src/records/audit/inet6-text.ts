/**
 * An IPv6 address as inet_ntop writes it (RFC 5952): lower case, the longest run of zero groups, leftmost of several,
 * as `::`; a mapped or compatible address ends in IPv4.
 */
export function inet6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2));
  let best = -1;
  let bestLength = 1;
  for (let from = 0; from < 8; from += 1) {
    let to = from;
    while (to < 8 && groups[to] === 0) to += 1;
    if (to - from > bestLength) {
      best = from;
      bestLength = to - from;
    }
  }
  const dotted = bytes.subarray(12).join(".");
  if (best === 0 && bestLength === 6) return `::${dotted}`;
  if (best === 0 && bestLength === 5 && groups[5] === 0xffff) return `::ffff:${dotted}`;
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return best < 0 ? hex(0, 8) : `${hex(0, best)}::${hex(best + bestLength, 8)}`;
}
