import { constant, defines, interpreted, packageVersion, packNames, preamble } from "./sources.ts";

const HEADER = "/usr/include/linux/audit.h";
/** Not record types: bounds of ranges, and requests to the kernel that share the numbers' prefix. */
const NOT_A_TYPE = /^AUDIT_(FIRST|LAST)_|^AUDIT_(USER_MSG|REPLACE)$/;

/** What the installed ausearch calls `type=UNKNOWN[n]`, then what only the kernel's header names. */
export function generateRecordTypes(): string {
  const names = new Map<number, string>();
  const numbers = Array.from({ length: 2000 }, (_, index) => 1000 + index);
  // ausearch prints no EOE record, so the header adds it.
  for (const line of interpreted(
    numbers.map((number) => `type=UNKNOWN[${number}] msg=audit(1700000000.000:${number}): pid=1`),
  )) {
    const [, name, number] = /^type=(\S+) msg=audit\(.*:(\d+)\)/.exec(line) ?? [];
    if (name !== undefined && !name.startsWith("UNKNOWN[")) names.set(Number(number), name);
  }
  for (const [name, number] of defines(HEADER, /^AUDIT_/))
    if (number >= 1300 && number < 3000 && !NOT_A_TYPE.test(name) && !names.has(number))
      names.set(number, name.replace(/^AUDIT_/, ""));
  return [
    preamble([
      `'ausearch -i' of ${packageVersion("auditd")}, asked for each number`,
      `${HEADER} of ${packageVersion("linux-libc-dev")}`,
    ]),
    constant("RECORD_TYPES", "Names of record types by number.", packNames(names)),
  ].join("\n");
}
