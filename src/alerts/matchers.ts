import type { Alert } from "../model/alert.ts";

/** Fields of a group that name a container or an image, in the words of rules and of silences. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  container: ["container", "ContainerName", "ContainerId"],
  image: ["image", "Image"],
  user: ["user", "User"],
  address: ["address", "SrcIp"],
};

/** True where `text` fits `pattern`; `*` stands for any run of characters; letter case counts not. */
export function fits(pattern: string, text: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const value = text.toLowerCase();
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return value === first;
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last))
    return false;
  let at = first.length;
  const end = value.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** The container's name and id as the sentence's object has them: `container web1 (3f2a91c04b7d)`. */
function containerTexts(object: string | null): readonly string[] {
  const match = /^container (\S+)(?: \(([0-9a-f]+)…?\))?/.exec(object ?? "");
  return match === null ? [] : [match[1] ?? "", ...(match[2] === undefined ? [] : [match[2]])];
}

function textsOf(alert: Alert, key: string): readonly string[] {
  const fromGroup = (ALIASES[key] ?? [key]).flatMap((name) =>
    Object.hasOwn(alert.group, name) ? [alert.group[name] ?? ""] : [],
  );
  // Only what is certain: a silence for alice must not mute what bob may have done.
  const actor = alert.attribution?.actor ?? null;
  switch (key) {
    case "rule":
      return [alert.ruleId, alert.title];
    case "level":
      return [alert.level];
    case "user":
      return actor?.user ? [actor.user] : fromGroup;
    case "address":
      return actor?.address ? [actor.address] : fromGroup;
    case "container":
      return [...fromGroup, ...containerTexts(alert.object)];
    default:
      return fromGroup;
  }
}

/** True where every matcher fits the alert; an empty set fits all. Keys are those of {@link Silence}. */
export function matches(matchers: Readonly<Record<string, string>>, alert: Alert): boolean {
  return Object.entries(matchers).every(([key, pattern]) =>
    textsOf(alert, key).some((text) => fits(pattern, text)),
  );
}
