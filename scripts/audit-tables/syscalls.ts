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

/** Where the package linux-libc-dev-riscv64-cross has its headers. */
const RISCV = "/usr/riscv64-linux-gnu/include";

/** riscv64 is no machine of this `ausyscall`: from the kernel's header, names without `__NR_`. */
function riscv64(): Map<number, string> {
  const macros = new Map<string, string>();
  const printed = output("gcc", [
    "-E",
    "-dM",
    "-nostdinc",
    "-I",
    RISCV,
    "-D__riscv",
    "-D__riscv_xlen=64",
    "-D__LP64__",
    "-x",
    "c",
    `${RISCV}/asm/unistd.h`,
  ]);
  for (const [, name = "", value = ""] of printed.matchAll(/^#define (__NR\w+) (.+)$/gm))
    macros.set(name, value);
  const valueOf = (text: string): number => {
    const sum = text.replace(/^\((.*)\)$/, "$1").split("+");
    return sum.reduce(
      (total, part) =>
        total + (/^\d+$/.test(part.trim()) ? Number(part) : valueOf(macros.get(part.trim()) ?? "NaN")),
      0,
    );
  };
  const names = new Map<number, string>();
  for (const [name, value] of macros)
    if (name.startsWith("__NR_") && !/^__NR_(syscalls|arch_specific_syscall)$/.test(name))
      names.set(valueOf(value), name.slice(5));
  return names;
}

/** `ausyscall MACHINE --dump` for each that it knows, and riscv64. */
export function generateSyscalls(): string {
  return [
    preamble([
      `'ausyscall MACHINE --dump' of ${packageVersion("auditd")}`,
      `${RISCV}/asm/unistd.h of ${packageVersion("linux-libc-dev-riscv64-cross")}`,
    ]),
    ...MACHINES.map(([name, machine]) =>
      constant(`SYSCALLS_${name}`, `System calls of ${machine} by number.`, packNames(dumped(machine))),
    ),
    constant("SYSCALLS_RISCV64", "System calls of riscv64 by number.", packNames(riscv64())),
  ].join("\n");
}
