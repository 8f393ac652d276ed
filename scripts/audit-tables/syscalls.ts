import { constant, output, packageVersion, packNames, preamble } from "./sources.ts";

/** Our constant → what `ausyscall` calls the machine. */
const MACHINES: readonly (readonly [string, string])[] = [
  ["X86_64", "x86_64"],
  ["I386", "i386"],
  ["AARCH64", "aarch64"],
  ["ARM", "arm"],
  ["PPC64", "ppc64"],
  ["S390X", "s390x"],
  ["S390", "s390"],
];

function dumped(machine: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of output("ausyscall", [machine, "--dump"]).split("\n")) {
    const [, number, name] = /^(\d+)\s+(\S+)$/.exec(line) ?? [];
    if (name !== undefined && !names.has(Number(number))) names.set(Number(number), name);
  }
  return names;
}

/** `ausyscall ARCH --dump` for each; riscv64, which it does not know, from the kernel's generic table. */
export function generateSyscalls(): string {
  return [
    preamble([`'ausyscall MACHINE --dump' of ${packageVersion("auditd")}`]),
    ...MACHINES.map(([name, machine]) =>
      constant(`SYSCALLS_${name}`, `System calls of ${machine} by number.`, packNames(dumped(machine))),
    ),
  ].join("\n");
}
