import type { Random } from "./random.ts";

/** The words that rules are made of and events may have. */
export interface Words {
  program(): string;
  /** An argument that stands for the rule's matter. */
  argument(): string;
  /** An argument that many rules ask for beside their own. */
  common(): string;
}

const COMMON_PROGRAMS =
  "bash sh dash python3 perl cat grep find ls cp mv rm curl wget tar ssh git docker systemctl sed awk chmod chown ps id".split(
    " ",
  );
const COMMON_ARGUMENTS =
  "/tmp/ /dev/shm/ /etc/passwd /etc/shadow -c -r -e -d -f --help --force http:// https:// .sh .py .ssh/ /var/log/ /root/ stop disable".split(
    " ",
  );
const LETTERS = "abcdefghijklmnopqrstuvwxyz".split("");

export function word(dice: Random, length: number): string {
  return Array.from({ length }, () => dice.pick(LETTERS)).join("");
}

/** One vocabulary of a fixed size, whatever the number of rules: every word is named by many. */
export function sameWords(dice: Random, size = 400): Words {
  const programs = [
    ...COMMON_PROGRAMS.slice(0, size),
    ...Array.from({ length: size }, () => word(dice, 4 + dice.below(8))),
  ];
  const flags = Array.from({ length: size * 0.75 }, () => `--${word(dice, 4 + dice.below(8))}`);
  return {
    program: () => dice.pick(programs),
    argument: () => ` ${dice.pick(flags)}`,
    common: () => ` ${dice.pick(flags)}`,
  };
}

/** Common words that many rules name, and one program and two arguments more for each rule that there is. */
export function ownWords(dice: Random, rules: number): Words {
  const programs = Array.from({ length: rules }, () => word(dice, 3 + dice.below(9)));
  const arguments_ = Array.from(
    { length: rules * 2 },
    () => `${dice.pick([" --", " -", "/", ".", ""])}${word(dice, 4 + dice.below(8))}`,
  );
  return {
    program: () => (dice.chance(0.45) ? dice.pick(COMMON_PROGRAMS) : dice.pick(programs)),
    argument: () => dice.pick(arguments_),
    common: () => dice.pick(COMMON_ARGUMENTS),
  };
}

/** What programs on a host are: mostly the common ones, then some that no rule names. */
export function hostProgram(dice: Random, words: Words): string {
  return dice.chance(0.6)
    ? dice.pick(COMMON_PROGRAMS)
    : dice.chance(0.5)
      ? words.program()
      : word(dice, 4 + dice.below(8));
}

const list = (words: readonly string[]): string => words.map((one) => `\n      - '${one}'`).join("");
const TYPES = ["SYSCALL", "EXECVE", "PATH", "USER_LOGIN", "CONFIG_CHANGE", "SOCKADDR"];

/** Rules as YAML documents: four of five look at programs that start, one at audit records. */
export function rulesText(dice: Random, words: Words, count: number): string {
  const some = (make: () => string, most: number): readonly string[] =>
    Array.from({ length: 1 + dice.below(most) }, make);
  /** Most rules name programs and parts of their arguments; some only arguments, a few a regular expression. */
  const processRule = (number: number): string => {
    const shape = dice.next();
    const image = `    Image|endswith:${list(some(() => `/${words.program()}`, 4))}\n`;
    const parts = `    CommandLine|contains:${list(some(() => words.argument(), 5))}\n`;
    const body =
      shape < 0.55
        ? `  selection_image:\n${image}  selection_cli:\n${parts}${dice.chance(0.3) ? `  selection_where:\n    CommandLine|contains: '${words.common()}'\n` : ""}`
        : shape < 0.8
          ? `  selection:\n    CommandLine|contains|all:${list([words.argument(), dice.chance(0.4) ? words.common() : `/${word(dice, 6)}`])}\n`
          : shape < 0.92
            ? `  selection:\n    ParentImage|endswith:${list(some(() => `/${word(dice, 7)}d`, 3))}\n${image}`
            : shape < 0.996
              ? `  selection:\n    CommandLine|re: '${word(dice, 5)}[ =]+[a-z]{3,}\\.${word(dice, 3)}'\n`
              : `  selection:\n    CommandLine|re: '[^/]{${100 + dice.below(60)},}$'\n`;
    return `title: Process ${number}\nlogsource: { product: linux, category: process_creation }\ndetection:\n${body}  filter:\n    CommandLine|contains: ' --${word(dice, 9)}'\n  condition: all of selection* and not filter\n`;
  };
  const auditRule = (number: number): string => {
    const type = dice.pick(TYPES);
    const field =
      type === "PATH"
        ? "name|startswith"
        : type === "EXECVE"
          ? dice.pick(["a0", "a1|contains"])
          : dice.pick(["exe|endswith", "key", "comm"]);
    const values = some(() => (dice.chance(0.1) ? `/${words.program()}` : `/${word(dice, 8)}`), 4);
    return `title: Audit ${number}\nlogsource: { product: linux, service: auditd }\ndetection:\n  selection:\n    type: ${type}\n    ${field}:${list(values)}\n  condition: selection\n`;
  };
  return Array.from({ length: count }, (_, number) =>
    number % 5 < 4 ? processRule(number) : auditRule(number),
  ).join("---\n");
}
