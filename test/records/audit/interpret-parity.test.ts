import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TABLES } from "../../../scripts/audit-tables/index.ts";
import { Random } from "../../bench/random.ts";
import { differences, hostNames } from "./said.ts";

function has(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}
const hasAusearch = has("ausearch", "--version");

/** What the real tool says of each line; lines get serials of their own, so that each is an event. */
function asked(lines: readonly string[]): { readonly line: string; readonly said: string }[] {
  const folder = mkdtempSync(join(tmpdir(), "interpret-"));
  try {
    const numbered = lines.map((line, at) =>
      line.replace(/msg=audit\([^)]*\)/, `msg=audit(1700000000.000:${at + 1})`),
    );
    writeFileSync(join(folder, "audit.log"), `${numbered.join("\n")}\n`, "latin1");
    const printed = execFileSync("ausearch", ["-i", "-if", join(folder, "audit.log")], {
      encoding: "latin1",
      maxBuffer: 1 << 28,
      env: { ...process.env, TZ: "UTC", LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const said = new Map<number, string>();
    for (const line of printed.split("\n")) {
      const [, serial] = /msg=audit\([^)]*:(\d+)\)/.exec(line) ?? [];
      if (serial !== undefined) said.set(Number(serial), line);
    }
    return numbered.flatMap((line, at) => {
      const answer = said.get(at + 1);
      return answer === undefined ? [] : [{ line, said: answer }];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const compare = (lines: readonly string[]) => {
  const answers = asked(lines);
  const names = hostNames();
  return {
    count: answers.length,
    found: answers.flatMap(({ line, said }) => differences(line, said, names)),
  };
};

const MACHINES = {
  x86_64: "c000003e",
  i386: "40000003",
  aarch64: "c00000b7",
  arm: "40000028",
  ppc64: "80000015",
  s390x: "80000016",
};
const FIELDS =
  "auid uid ouid old-auid id sauid obj_uid obj_gid gid ogid igid new_gid perm perm_mask mode prom old_prom capability res result sig sigev_signo " +
  "list ses cap_pi cap_pe cap_fp fp fi old_pp new_pe pp pa family icmptype proto code oflag flags hook action macproto ioctlcmd resp nl-mcgrp " +
  "resolve exit success items inode dev tty terminal uring_op old new per";
const TYPES =
  "OBJ_PID PATH MQ_OPEN CRYPTO_KEY_USER ADD_GROUP BPRM_FCAPS NETFILTER_PKT CONFIG_CHANGE USER_CMD";

describe.skipIf(!hasAusearch && process.env["CI"] === undefined)(
  "interpretField against the ausearch of this host",
  () => {
    it.each(["debian12-6.18-raw", "debian12-6.18-enriched", "many-types", "selinux-4.18"])(
      "says the same of %s",
      (folder) => {
        const log = readFileSync(
          join(import.meta.dirname, "../../fixtures/audit", folder, "input.log"),
          "latin1",
        );
        const lines = log
          .split("\n")
          .filter(
            (line) =>
              /^type=[A-Z_]+ /.test(line) && !line.startsWith("type=EOE") && !line.startsWith("type=DM_CTRL"),
          );

        const { count, found } = compare(lines);

        expect(count).toBeGreaterThan(8);
        expect(found).toEqual([]);
      },
    );

    it("says the same of every system call's arguments on every machine", () => {
      const random = new Random(1);
      const value = () => {
        const small = random.chance(0.5) ? random.below(64) : 2 ** random.below(32) + random.below(3);
        return random.pick([small, small, random.below(2 ** 32), 0, 0xffffff9c]).toString(16);
      };
      const lines = Object.values(MACHINES).flatMap((arch) =>
        Array.from({ length: 460 * 6 }, (_, at) => at % 460).map(
          (call) =>
            `type=SYSCALL msg=audit(1.000:1): arch=${arch} syscall=${call} success=yes exit=${random.chance(0.3) ? -random.below(150) : random.below(99)} a0=${value()} a1=${value()} a2=${value()} a3=${value()} items=0 ppid=1 pid=2 auid=0 uid=0 gid=0`,
        ),
      );

      const { count, found } = compare(lines);

      expect(count).toBe(lines.length);
      expect(
        found.slice(0, 20).map(({ field, ours, theirs, line }) => `${field}: ${ours} | ${theirs} | ${line}`),
      ).toEqual([]);
    });

    it("says the same of arguments that depend on others", () => {
      const options = Array.from({ length: 130 }, (_, at) => at.toString(16));
      const call = (arch: string, number: number, a0: string, a1: string, a2: string) =>
        `type=SYSCALL msg=audit(1.000:1): arch=${arch} syscall=${number} success=yes exit=0 a0=${a0} a1=${a1} a2=${a2} a3=0 items=0 ppid=1 pid=2 auid=0 uid=0 gid=0`;
      const lines = [
        ...["0", "1", "6", "11", "29", "107", "ff"].flatMap((level) =>
          options.map((option) => call(MACHINES.x86_64, 54, "3", level, option)),
        ),
        ...options.map((option) => call(MACHINES.ppc64, 339, "3", "1", option)),
        ...options.map((option) => call(MACHINES.x86_64, 157, option, "7", "0")),
        ...["2", "4", "8", "a"].flatMap((command) =>
          ["0", "1", "2"].map((value) => call(MACHINES.x86_64, 72, "3", command, value)),
        ),
        ...["2", "42", "0", "40"].flatMap((flags) =>
          [2, 240].map((number) => call(MACHINES.x86_64, number, "3", flags, "9b6")),
        ),
        ...options
          .slice(0, 30)
          .flatMap((part) => [102, 117].map((number) => call(MACHINES.i386, number, part, "1", "2"))),
      ];

      const { found } = compare(lines);

      expect(
        found.slice(0, 20).map(({ field, ours, theirs, line }) => `${field}: ${ours} | ${theirs} | ${line}`),
      ).toEqual([]);
    });

    it("says the same of every field in every kind of record", () => {
      const random = new Random(2);
      const value = () =>
        random.pick([
          String(random.below(70)),
          String(random.below(2 ** 32)),
          "4294967295",
          "0",
          "18446744073709551616",
          `0${random.below(0o177777).toString(8)}`,
          `0x${random.hex(8)}`,
          random.hex(16),
          "99999999999999999999999",
          "zz",
        ]);
      const lines = TYPES.split(" ").flatMap((type) =>
        FIELDS.split(" ").flatMap((name) =>
          Array.from({ length: 6 }, () => `type=${type} msg=audit(1.000:1): item=0 ${name}=${value()} end=1`),
        ),
      );

      const { count, found } = compare(lines);

      expect(count).toBeGreaterThan(lines.length / 2);
      expect(
        found.slice(0, 20).map(({ field, ours, theirs, line }) => `${field}: ${ours} | ${theirs} | ${line}`),
      ).toEqual([]);
    });

    it("says the same of addresses and of what was typed", () => {
      const random = new Random(3);
      const hex = (bytes: number) => random.hex(bytes * 2).toUpperCase();
      const families = [
        "0100",
        "0200",
        "0A00",
        "1000",
        "1100",
        "2800",
        "0300",
        "0400",
        "0800",
        "0900",
        "0000",
        "FF00",
      ];
      const lines = [
        ...families.flatMap((family) =>
          [6, 10, 14, 26].map((size) => `type=SOCKADDR msg=audit(1.000:1): saddr=${family}${hex(size)}`),
        ),
        ...Array.from(
          { length: 40 },
          () =>
            `type=SOCKADDR msg=audit(1.000:1): saddr=0A00${hex(2)}00000000${random.pick(["0000", "2001", hex(2)])}${"0000".repeat(random.below(7)).padEnd(28, hex(14))}00000000`,
        ),
        ...Array.from(
          { length: 26 },
          (_, at) =>
            `type=SOCKADDR msg=audit(1.000:1): saddr=01002F${Buffer.from(`run/x${at}`).toString("hex").toUpperCase()}00`,
        ),
        ...Array.from(
          { length: 200 },
          () =>
            `type=TTY msg=audit(1.000:1): tty pid=1 uid=0 auid=0 ses=1 major=1 minor=2 comm="bash" data=${hex(1 + random.below(12))}`,
        ),
        ...["1B5B41", "1B4F50", "1B5B32347E", "1B", "1B5B", "7F", "226C735C22"].map(
          (data) => `type=TTY msg=audit(1.000:1): tty pid=1 uid=0 auid=0 ses=1 comm="b" data=${data}`,
        ),
      ].filter(
        (line) =>
          !/saddr=(0100|0300|0900)[0-9A-F]*(0[1-9A-F]|1[0-9A-F]|[89A-F][0-9A-F])/.test(line) ||
          line.includes("01002F"),
      );

      const { found } = compare(lines);

      expect(
        found.slice(0, 20).map(({ field, ours, theirs, line }) => `${field}: ${ours} | ${theirs} | ${line}`),
      ).toEqual([]);
    });

    it.each(TABLES.filter(({ file }) => !file.startsWith("interpretations")))(
      "has the $file of the packages that it was made from",
      ({ file, generate }) => {
        const made = readFileSync(
          join(import.meta.dirname, "../../../src/records/audit/tables", file),
          "utf8",
        );
        const versions = [...made.matchAll(/(auditd|linux-libc-dev(?:-riscv64-cross)?) (\d\S*?)(?=,|\n)/g)];
        const isInstalled = versions.every(([, name = "", version]) => {
          try {
            return (
              execFileSync("dpkg-query", ["-W", "-f", "${Version}", name], {
                encoding: "utf8",
                stdio: "pipe",
              }) === version
            );
          } catch {
            return false;
          }
        });
        expect(versions.length).toBeGreaterThan(0);
        // Another version's tables may differ and need no change of ours.
        if (isInstalled) expect(generate()).toBe(made);
      },
    );
  },
);
