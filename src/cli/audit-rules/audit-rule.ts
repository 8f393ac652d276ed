/** One audit rule as auditctl takes it or lists it. */
export interface AuditRule {
  readonly text: string;
  readonly action: "always" | "never";
  /** Empty: every call. */
  readonly calls: readonly string[];
  readonly dir: string | null;
  readonly path: string | null;
  readonly exe: string | null;
  /** Letters of `rwxa`; null where the rule does not say. */
  readonly perm: string | null;
  /** Address families of a connect. */
  readonly families: readonly string[];
  readonly key: string | null;
  /** It holds for people's sessions only. */
  readonly isPeopleOnly: boolean;
  /** Fields that narrow it further than the ones above say, as `a0=3`. */
  readonly others: readonly string[];
}

/** Reads one line of a rules file or of `auditctl -l`; null for comments, control options and rules of other lists. */
export function parseAuditRule(line: string): AuditRule | null {
  const text = line.trim();
  if (/^-w\s/.test(text)) return parseWatch(text);
  const head = /^-[aA]\s+(\w+),(\w+)\s/.exec(text);
  if (head === null) return null;
  const words = [head[1], head[2]];
  const action = words.find((word) => word === "always" || word === "never");
  if (action === undefined || !words.includes("exit")) return null;
  const calls = [...text.matchAll(/(?:^|\s)-S\s+(\S+)/g)].flatMap(([, names = ""]) => names.split(","));
  const fields = [...text.matchAll(/(?:^|\s)-F\s+([\w-]+)(!?=|[<>]=?|&=?)(\S+)/g)].map(
    ([, name = "", operator = "", value = ""]) => ({ name, operator, value }),
  );
  const of = (name: string): string | null => fields.find((field) => field.name === name)?.value ?? null;
  const isPeopleOnly = fields.some(
    ({ name, operator, value }) =>
      name === "auid" && (operator === "!=" ? /^(unset|-1|4294967295)$/.test(value) : operator === ">="),
  );
  const key = of("key") ?? /(?:^|\s)-k\s+(\S+)/.exec(text)?.[1] ?? null;
  const known = ["arch", "dir", "path", "exe", "perm", "saddr_fam", "key", "auid"];
  return {
    text,
    action,
    calls: calls.filter((call) => call !== "all"),
    dir: of("dir"),
    path: of("path"),
    exe: of("exe"),
    perm: of("perm"),
    families: fields.filter(({ name }) => name === "saddr_fam").map(({ value }) => value),
    key,
    isPeopleOnly,
    others: fields
      .filter(({ name }) => !known.includes(name))
      .map(({ name, operator, value }) => name + operator + value),
  };
}

function parseWatch(text: string): AuditRule | null {
  const path = /^-w\s+(\S+)/.exec(text)?.[1];
  if (path === undefined) return null;
  const perm = /\s-p\s+(\S+)/.exec(text)?.[1] ?? "rwxa";
  const trimmed = path.length > 1 ? path.replace(/\/$/, "") : path;
  return {
    text,
    action: "always",
    calls: [],
    // A watch on a directory watches what is below it; on a file, the file.
    dir: trimmed,
    path: trimmed,
    exe: null,
    perm,
    families: [],
    key: /\s-k\s+(\S+)/.exec(text)?.[1] ?? null,
    isPeopleOnly: false,
    others: [],
  };
}

/** The rules in a file's text or a listing. */
export function parseAuditRules(text: string): readonly AuditRule[] {
  return text
    .split("\n")
    .map(parseAuditRule)
    .filter((rule) => rule !== null);
}
