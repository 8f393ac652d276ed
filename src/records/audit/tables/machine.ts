import { namesByNumber, readOnce } from "./packed.ts";
import {
  SYSCALLS_AARCH64,
  SYSCALLS_ARM,
  SYSCALLS_I386,
  SYSCALLS_PPC64,
  SYSCALLS_RISCV64,
  SYSCALLS_S390,
  SYSCALLS_S390X,
  SYSCALLS_X86_64,
} from "./syscalls.generated.ts";

/** A machine as audit names it. */
export interface Machine {
  /** The name that `ausearch -i` prints for the arch field. */
  readonly name: string;
  /** System call numbers' names. */
  readonly syscalls: ReadonlyMap<number, string>;
  readonly bits: 32 | 64;
}

const machine = (name: string, bits: 32 | 64, packed: string): Machine => {
  const syscalls = readOnce(() => namesByNumber(packed));
  return {
    name,
    bits,
    get syscalls() {
      return syscalls();
    },
  };
};

/**
 * By the arch field: the ELF machine number with the kernel's flags for 64 bits (0x80000000) and little endian
 * (0x40000000), as hex text (linux/audit.h, AUDIT_ARCH_…).
 */
const MACHINES: ReadonlyMap<string, Machine> = new Map([
  ["c000003e", machine("x86_64", 64, SYSCALLS_X86_64)],
  ["40000003", machine("i386", 32, SYSCALLS_I386)],
  ["c00000b7", machine("aarch64", 64, SYSCALLS_AARCH64)],
  // libaudit calls little-endian ARM so.
  ["40000028", machine("armeb", 32, SYSCALLS_ARM)],
  ["c0000015", machine("ppc64le", 64, SYSCALLS_PPC64)],
  ["80000015", machine("ppc64", 64, SYSCALLS_PPC64)],
  ["14", machine("ppc", 32, SYSCALLS_PPC64)],
  ["80000016", machine("s390x", 64, SYSCALLS_S390X)],
  ["c00000f3", machine("riscv64", 64, SYSCALLS_RISCV64)],
  ["16", machine("s390", 32, SYSCALLS_S390)],
]);

/** The machine that an arch field names (`c000003e`, any case), or null. */
export const machineOf = (arch: string): Machine | null => MACHINES.get(arch.toLowerCase()) ?? null;

/** The numbers that system calls of these names have, on any machine. */
export function syscallNumbers(names: ReadonlySet<string>): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const { syscalls } of MACHINES.values())
    for (const [number, name] of syscalls) if (names.has(name)) numbers.add(number);
  return numbers;
}
