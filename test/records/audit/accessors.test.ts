import { describe, expect, it } from "vitest";
import { AUID_UNSET } from "../../../src/model/ids.ts";
import {
  argv,
  auditIds,
  keysOf,
  proctitle,
  recordOf,
  syscallName,
} from "../../../src/records/audit/accessors.ts";
import { parseRecord } from "../../../src/records/audit/record.ts";

function event(...bodies: string[]) {
  return {
    records: bodies.map((body) => {
      const [type, ...rest] = body.split(" ");
      const parsed = parseRecord(Buffer.from(`type=${type} msg=audit(1.000:1): ${rest.join(" ")}`, "latin1"));
      if (!parsed.ok) throw new Error(parsed.fault.reason);
      return parsed.value;
    }),
  };
}

describe("argv", () => {
  it("joins arguments that are split over fields and records", () => {
    const exec = event(
      'EXECVE argc=4 a0="sh" a1_len=8 a1[0]=61 a1[1]=62',
      "EXECVE a1[2]=63",
      'EXECVE a2="d e" a3=""',
    );

    expect(argv(exec)).toEqual(["sh", "abc", "d e", ""]);
  });

  it("gives what is there of a truncated record", () => {
    const many = Array.from({ length: 70 }, (_, at) => `word${at}`);
    for (const count of [1, 2, 63, 64, 65, 70]) {
      const words = many.slice(0, count);
      const fields = words.map((word, at) => `a${at}="${word}"`).join(" ");
      expect(argv(event(`EXECVE argc=${count} ${fields}`))).toEqual(words);
      // A field that argc does not count is no argument.
      expect(argv(event(`EXECVE argc=${count} ${fields} a${count}="more"`))).toEqual(words);
    }
    expect(argv(event('EXECVE argc=48 a0="a" a1="b" '))).toEqual(["a", "b"]);
    expect(argv(event('EXECVE argc=3 a0="a" a2="c"'))).toEqual(["a", "", "c"]);
    expect(argv(event("EXECVE argc=0"))).toEqual([]);
  });

  it("does not believe absurd numbers", () => {
    expect(argv(event('EXECVE argc=4294967295 a0="a" a999999="b"'))).toEqual(["a"]);
  });

  it("is null where nothing was started", () => {
    expect(argv(event("SYSCALL a0=1"))).toBeNull();
  });
});

describe("auditIds", () => {
  it("takes the SYSCALL record's first, else whichever has it", () => {
    const ids = auditIds(event("CONFIG_CHANGE auid=5 ses=6", "SYSCALL pid=1 ppid=2 uid=0 auid=1000"));

    expect(ids).toEqual({ auid: 1000, ses: 6, pid: 1, ppid: 2, uid: 0 });
  });

  it("reads -1 as unset, and nonsense as nothing", () => {
    const ids = auditIds(event("USER auid=-1 ses=abc pid=4294967296 uid="));

    expect(ids).toEqual({ auid: AUID_UNSET, ses: null, pid: null, ppid: null, uid: null });
  });
});

it("splits keys at byte 1 and leaves out (null)", () => {
  expect(
    keysOf(event("SYSCALL key=646F636B657201657463", "CONFIG_CHANGE key=(null)", 'SYSCALL key="docker"')),
  ).toEqual(["docker", "etc"]);
});

it("shows a process title as words", () => {
  expect(proctitle(event("PROCTITLE proctitle=6C73002D6C00"))).toBe("ls -l");
  expect(proctitle(event("PROCTITLE proctitle=(null)"))).toBeNull();
  expect(proctitle(event('CWD cwd="/"'))).toBeNull();
});

it.each([
  ["SYSCALL arch=c000003e syscall=59", "execve"],
  ["SYSCALL arch=40000003 syscall=11", "execve"],
  ["SYSCALL arch=c00000b7 syscall=221", "execve"],
  ["SYSCALL arch=40000028 syscall=11", "execve"],
  ["SYSCALL arch=c0000015 syscall=11", "execve"],
  ["SYSCALL arch=80000016 syscall=11", "execve"],
  ["SYSCALL arch=c00000f3 syscall=221", "execve"],
  ["SYSCALL arch=c00000f3 syscall=259", "riscv_flush_icache"],
  ["SYSCALL arch=c000003e syscall=257\x1dARCH=x86_64 SYSCALL=openat", "openat"],
  ["SYSCALL arch=c000003e syscall=59\x1dSYSCALL=unknown(59)", "execve"],
  ["SYSCALL arch=deadbeef syscall=59", null],
  ["SYSCALL arch=c000003e syscall=9999", null],
])("names the call of %s", (body, name) => {
  const record = recordOf(event(body), "SYSCALL");

  expect(record && syscallName(record)).toBe(name);
});
