import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { auditEvent } from "./events.ts";
import { compares, faults, matches, rule } from "./rule-text.ts";

/** modifiers, YAML value, field's text, matches */
type Case = readonly [string, string, string | undefined, boolean];

const check = (name: string, cases: readonly Case[]) =>
  describe(name, () => {
    it.each(cases)("f|%s: %s against %j is %s", (modifiers, value, text, expected) => {
      expect(compares(modifiers, value, text)).toBe(expected);
    });
  });

check("plain values", [
  ["", "Sudo", "sUDO", true],
  ["", "sudo", "sudo ", false],
  ["cased", "Sudo", "sudo", false],
  ["cased", "Sudo", "Sudo", true],
  ["", "[a, b]", "b", true],
  ["", "[a, b]", "c", false],
  ["", "''", "", true],
  ["", "''", undefined, true],
  ["", "null", undefined, true],
  ["", "null", "x", false],
  ["", "'*'", undefined, false],
  ["", "'*'", "", true],
  ["", "40000", "40000", true],
  ["", "040000", "40000", false],
  ["", "040000", "040000", true],
  ["", "0x1F", "0x1f", true],
  ["", "0x1F", "31", false],
  ["", "yes", "yes", true],
  ["", "no", "no", true],
  ["", "true", "true", true],
  ["", "-13", "-13", true],
]);

check("wildcards and escapes", [
  ["", "'a*c'", "abbbc", true],
  ["", "'a?c'", "abc", true],
  ["", "'a?c'", "ac", false],
  ["", "'*a*b*'", "xaxxbx", true],
  ["", "'*a*b'", "aabab", true],
  ["", "'*a*b'", "aaba", false],
  ["", "'a\\*c'", "a*c", true],
  ["", "'a\\*c'", "abc", false],
  ["", "'a\\?c'", "a?c", true],
  ["", "'a\\\\*'", "a\\bc", true],
  ["", "'a\\\\*'", "a*", false],
  ["", "'a\\\\\\*c'", "a\\*c", true],
  ["", "'a\\\\\\*c'", "a\\xc", false],
  ["", "'a\\'", "a\\", true],
  ["", "'a\\b'", "a\\b", true],
  ["", "'/a/*/[b]{c}'", "/a/x/y/[b]{c}", true],
  ["contains", "'a*c'", "xxabbcxx", true],
  ["contains", "'b'", "abc", true],
  ["startswith", "'a?'", "abc", true],
  ["endswith", "'?c'", "abc", true],
  ["startswith", "b", "abc", false],
  ["endswith", "b", "abc", false],
  ["contains|cased", "B", "abc", false],
  ["contains|all", "[a, b]", "xbxa", true],
  ["contains|all", "[a, b]", "xb", false],
]);

check("re", [
  ["re", "'b+c'", "abbcd", true],
  ["re", "'B'", "b", false],
  ["re|i", "'B'", "b", true],
  ["re", "'(?i)B'", "b", true],
  ["re|s", "'a.b'", "a\nb", true],
  ["re", "'a.b'", "a\nb", false],
  ["re|m", "'^b$'", "a\nb", true],
  ["re", "'^b$'", "a\nb", false],
  ["re", "'a\\*b'", "a*b", true],
  ["re", "'\\d{3}'", "x123", true],
  ["re", "'[[:digit:]]+x'", "12x", true],
  ["re|all", "['a', 'b']", "ba", true],
  ["re|all", "['a', 'b']", "bc", false],
  ["re", "'.*'", undefined, false],
]);

check("addresses", [
  ["cidr", "10.0.0.0/8", "10.1.2.3", true],
  ["cidr", "10.0.0.0/8", "11.1.2.3", false],
  ["cidr", "10.0.0.0/8", "::ffff:10.1.2.3", true],
  ["cidr", "fd00::/8", "fd12::1", true],
  ["cidr", "fd00::/8", "10.0.0.1", false],
  ["cidr", "10.0.0.0/8", "10", false],
  ["cidr", "10.0.0.0/8", "not an address", false],
  ["cidr", "[192.168.0.0/16, 127.0.0.1]", "127.0.0.1", true],
]);

check("numbers", [
  ["lt", "5", "4", true],
  ["lt", "5", "5", false],
  ["lte", "5", "5", true],
  ["gt", "5", "10", true],
  ["gte", "5", "4.9", false],
  ["gte", "5", "0x10", false],
  ["gte", "5", "", false],
  ["gte", "5", undefined, false],
]);

check("encodings", [
  ["base64", "foobar", "Zm9vYmFy", true],
  ["base64offset|contains", "foobar", Buffer.from("xfoobary").toString("base64"), true],
  ["base64offset|contains", "foobar", Buffer.from("xxfoobaryy").toString("base64"), true],
  ["base64offset|contains", "foobar", Buffer.from("foobarx").toString("base64"), true],
  ["base64offset|contains", "foobar", Buffer.from("fooba").toString("base64"), false],
  ["wide|base64offset|contains", "ping", Buffer.from("xping", "utf16le").toString("base64"), true],
  ["utf16le|base64", "ab", Buffer.from("ab", "utf16le").toString("base64"), true],
  ["utf16be|base64", "ab", "AGEAYg==", true],
  ["utf16|base64", "ab", "//5hAGIA", true],
  ["windash", "'-a'", "/a", true],
  ["windash", "'-a'", "\u2013a", true],
  ["windash|contains", "' -delete'", "x /delete y", true],
  ["windash|contains", "'a-b'", "a/b", false],
]);

check("the rest", [
  ["exists", "true", "", true],
  ["exists", "true", undefined, false],
  ["exists", "false", undefined, true],
  ["exists", "false", "x", false],
  ["neq", "a", "b", true],
  ["neq", "a", "A", false],
  ["neq", "[a, b]", "b", false],
  ["neq", "[a, b]", "c", true],
  ["neq", "a", undefined, true],
  ["contains|neq", "b", "abc", false],
  ["hour", "10", "2026-11-24T10:15:00Z", true],
  ["minute", "15", "2026-11-24T10:15:00Z", true],
  ["day", "24", "1795515300", true],
  ["month|gte", "11", "2026-11-24T10:15:00Z", true],
  ["week", "48", "2026-11-24T10:15:00Z", true],
  ["year|lt", "2026", "2026-11-24T10:15:00Z", false],
]);

describe("fieldref", () => {
  const event = auditEvent('SYSCALL arch=c000003e syscall=59 exe="/bin/Foo" comm="/BIN/foo" cwd="/bin"');

  it.each([
    ["exe|fieldref: comm", true],
    ["exe|fieldref|cased: comm", false],
    ["exe|fieldref|startswith: cwd", true],
    ["exe|fieldref|endswith: cwd", false],
    ["exe|fieldref|neq: comm", false],
    ["exe|fieldref|neq: cwd", true],
    ["exe|fieldref: missing", false],
  ])("%s is %s", (item, expected) => {
    expect(matches(`selection:\n  ${item}`, event)).toBe(expected);
  });
});

describe("placeholders", () => {
  it("are an error where nothing gives them values, and name what was probably meant", () => {
    const text = `${rule("selection:\n  name|expand: '%ApprovedRegistry%'")}dockwarden:\n  placeholders:\n    ApprovedRegistries: [a]\n`;

    expect(faults(text)).toEqual([
      '5:18 placeholder %ApprovedRegistry% has no values; set placeholders.ApprovedRegistry in the configuration; did you mean "ApprovedRegistries"?',
    ]);
  });
});

describe("a long tail of one kind of characters", () => {
  it("means what the language's own engine says", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("[^/]", "[a-c]", "[^a/]"),
        fc.nat(9),
        fc.string({ unit: fc.constantFrom("a", "b", "/", "\n"), maxLength: 14 }),
        (kind, least, text) => {
          const source = `${kind}{${least},}$`;

          expect(compares("re", `'${source}'`, text)).toBe(new RegExp(source).test(text));
        },
      ),
    );
  });
});

describe("a harmful regular expression", () => {
  it("takes linear time", () => {
    const text = `${"a".repeat(30_000)}!`;

    const results = ["'^(a+)+$'", "'^(a|a)*$'", "'a*a*a*a*b'", "'(a|aa)+$'", "'[^/]{100,}/$'"].map((value) =>
      compares("re", value, text),
    );

    expect(results).toEqual([false, false, false, false, false]);
  });

  it.each([
    ["'(?=a)b'", /lookaround has no place in Sigma/],
    ["'(a)\\1'", /back-references/],
    ["'a('", /missing closing/],
  ])("%s is refused", (value, expected) => {
    expect(faults(rule(`selection:\n  exe|re: ${value}`))).toEqual([expect.stringMatching(expected)]);
  });
});
