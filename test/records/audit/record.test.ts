import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readable } from "../../../src/lib/latin1.ts";
import { readHeader } from "../../../src/records/audit/header.ts";
import { JsonLines } from "../../../src/records/audit/json.ts";
import { openRecordReader, parseRecord } from "../../../src/records/audit/record.ts";

const STAMP = "msg=audit(1700000000.123:7):";
function fieldsOf(type: string, body: string): Record<string, string> {
  const parsed = parseRecord(Buffer.from(`type=${type} ${STAMP} ${body}`, "latin1"));
  if (!parsed.ok) throw new Error(parsed.fault.reason);
  return { ...parsed.value.fields };
}

describe("readHeader", () => {
  it.each([
    ["type=SYSCALL msg=audit(1795511325.191:11875): arch=1", "SYSCALL", 1795511325191, 11875, null],
    [
      "node=web1.example.org type=CWD msg=audit(1.001:4294967295): cwd",
      "CWD",
      1001,
      4294967295,
      "web1.example.org",
    ],
    ["type=1400 audit(1438.200:2): apparmor", "AVC", 1438200, 2, null],
    ["Oct  3 08:15:40 web1 kernel: [  282.1] audit: type=1326 audit(5.5:3): x", "SECCOMP", 5500, 3, null],
    ["Oct 3 08 h audispd: node=n type=EOE msg=audit(5.500:3): ", "EOE", 5500, 3, "n"],
    ["type=UNKNOWN[1334] msg=audit(1.000:1): a=1", "BPF", 1000, 1, null],
    ["type=UNKNOWN[1999] msg=audit(1.000:1): a=1", "UNKNOWN[1999]", 1000, 1, null],
    ["type=1999 msg=audit(1.000:1): a=1", "UNKNOWN[1999]", 1000, 1, null],
    ["type=FS_INODE msg=audit(1.000:1): a=1", "FS_INODE", 1000, 1, null],
  ])("reads %s", (line, type, timeMs, serial, node) => {
    const parsed = readHeader(Buffer.from(line));

    expect(
      parsed.ok && {
        type: parsed.value.type.name,
        timeMs: parsed.value.timeMs,
        serial: parsed.value.serial,
        node: parsed.value.node,
      },
    ).toEqual({ type, timeMs, serial, node });
  });

  it.each([
    ["", "DW_AUDIT_TYPE", 0],
    ["hello", "DW_AUDIT_TYPE", 0],
    ["type=", "DW_AUDIT_TYPE", 5],
    [`type=${"A".repeat(65)} msg=audit(1.000:1):`, "DW_AUDIT_TYPE", 5],
    ["type=SYSCALL arch=1", "DW_AUDIT_STAMP", 13],
    ["type=SYSCALL msg=audit(x.1:1): ", "DW_AUDIT_TIME", 23],
    ["type=SYSCALL msg=audit(1:1): ", "DW_AUDIT_TIME", 23],
    ["type=SYSCALL msg=audit(253402300800.000:1): ", "DW_AUDIT_TIME", 23],
    ["type=SYSCALL msg=audit(1.000:4294967296): ", "DW_AUDIT_SERIAL", 29],
    ["type=SYSCALL msg=audit(1.000:12", "DW_AUDIT_SERIAL", 29],
    ["node=x", "DW_AUDIT_TYPE", 0],
  ])("refuses %s", (line, code, at) => {
    const parsed = readHeader(Buffer.from(line));

    expect(parsed.ok ? null : { code: parsed.fault.code, at: parsed.fault.at }).toEqual({ code, at });
  });

  it("tells a fault's place from the line's beginning", () => {
    const bytes = Buffer.from("type=A msg=audit(1.000:1): \ntype=A\n");

    const parsed = readHeader(bytes, 28);

    expect(parsed.ok ? null : parsed.fault.at).toBe(5);
  });
});

describe("parseRecord", () => {
  it("decodes quotes and hex, and nothing that only looks like hex", () => {
    expect(
      fieldsOf(
        "PATH",
        'name="/a b" cwd=2F746D70 key=6162 acct=ABC exe=(null) comm=? ses=10 inode=1234 data=',
      ),
    ).toEqual({
      name: "/a b",
      cwd: "/tmp",
      key: "ab",
      acct: "ABC",
      exe: "(null)",
      comm: "?",
      ses: "10",
      inode: "1234",
      data: "",
    });
  });

  it("takes aN for text in EXECVE only", () => {
    expect(fieldsOf("EXECVE", "argc=2 a0=6C73 a1[0]=2D6C a1_len=2")).toMatchObject({
      a0: "ls",
      "a1[0]": "-l",
    });
    expect(fieldsOf("SYSCALL", "a0=6C73 a1=40000")).toEqual({ a0: "6C73", a1: "40000" });
  });

  it("flattens msg='…', and the outer field wins", () => {
    expect(fieldsOf("USER_CMD", "pid=1 msg='pid=2 cwd=\"/\" cmd=6964 res=success'")).toEqual({
      pid: "1",
      cwd: "/",
      cmd: "id",
      res: "success",
    });
    expect(fieldsOf("USER_CMD", "msg='pid=2 x=1' pid=1")).toEqual({ pid: "1", x: "1" });
    expect(fieldsOf("USER", "msg='just words'")).toEqual({ msg: "just words" });
  });

  it("keeps an apostrophe inside of msg='…'", () => {
    expect(fieldsOf("USER_LOGIN", `msg='acct="o'brien" res=failed'`)).toEqual({
      acct: "o'brien",
      res: "failed",
    });
  });

  it("reads the verdict and permissions of an AVC", () => {
    expect(fieldsOf("AVC", "avc:  denied  { read  write } for  pid=1 name=6162 tclass=dir")).toEqual({
      seresult: "denied",
      seperms: "read,write",
      pid: "1",
      name: "ab",
      tclass: "dir",
    });
    expect(fieldsOf("USER_AVC", "pid=1 msg='avc:  granted  { send_msg } for spid=2'")).toMatchObject({
      seresult: "granted",
      seperms: "send_msg",
      spid: "2",
    });
  });

  it("reads what RHEL 4 to 6 wrote", () => {
    expect(
      fieldsOf("LOGIN", "login pid=5 uid=0 old auid=4294967295 new auid=500 old ses=1 new ses=2"),
    ).toEqual({
      pid: "5",
      uid: "0",
      "old-auid": "4294967295",
      auid: "500",
      "old-ses": "1",
      ses: "2",
    });
    expect(
      fieldsOf(
        "USER_AUTH",
        `user pid=3 uid=0 auid=4 msg='PAM: authentication acct="root" : exe="/usr/sbin/sshd" (hostname=h, addr=::1, terminal=ssh res=failed)'`,
      ),
    ).toEqual({
      pid: "3",
      uid: "0",
      auid: "4",
      acct: "root",
      exe: "/usr/sbin/sshd",
      hostname: "h",
      addr: "::1",
      terminal: "ssh",
      res: "failed",
    });
    expect(fieldsOf("USER_LOGIN", "msg='acct=28756E6B6E6F776E29: exe=\"/x\"'")).toEqual({
      acct: "(unknown)",
      exe: "/x",
    });
    expect(fieldsOf("CONFIG_CHANGE", 'op=add rule key="k" list=4')).toEqual({
      op: "add rule",
      key: "k",
      list: "4",
    });
    expect(fieldsOf("CONFIG_CHANGE", 'op="add rule" key=(null)')).toEqual({ op: "add rule", key: "(null)" });
  });

  it("keeps AppArmor's mode with the label", () => {
    expect(fieldsOf("SYSCALL", "subj=docker-default (enforce) key=(null)")).toEqual({
      subj: "docker-default (enforce)",
      key: "(null)",
    });
    expect(fieldsOf("SYSCALL", "subj==unconfined tty=pts0")).toEqual({ subj: "unconfined", tty: "pts0" });
  });

  it("keeps the enriched part apart, whatever a path in it says", () => {
    const line = 'saddr=0100\x1dSADDR={ saddr_fam=local path=/a } UID="root" }';

    const parsed = parseRecord(Buffer.from(`type=SOCKADDR ${STAMP} ${line}`, "latin1"));

    expect(parsed.ok && { ...parsed.value.enriched }).toEqual({
      SADDR: '{ saddr_fam=local path=/a } UID="root" }',
    });
    expect(parsed.ok && { ...parsed.value.fields }).toEqual({ saddr: "0100" });
  });

  it("has names of object properties as plain fields", () => {
    const parsed = parseRecord(Buffer.from(`type=USER ${STAMP} __proto__=1 constructor=2 toString=3`));

    expect(parsed.ok && Object.entries(parsed.value.fields)).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
      ["toString", "3"],
    ]);
  });

  it("reads a line of 1 MiB, and one inside of a larger buffer", () => {
    const long = "x".repeat(1 << 20);
    const bytes = Buffer.from(`before\ntype=CWD ${STAMP} cwd="${long}" end=1\nafter`);

    const parsed = parseRecord(bytes, 7, bytes.length - 5);

    expect(parsed.ok && parsed.value.fields["cwd"]?.length).toBe(1 << 20);
    expect(parsed.ok && parsed.value.fields["end"]).toBe("1");
    expect(parsed.ok && parsed.value.raw).toBe(bytes.toString("latin1", 7, bytes.length - 6));
  });
});

/** Each would take minutes if it were searched to its end for every piece. */
it.each([
  "a={ ",
  "a='b ",
  "a='b' ",
  "msg='b' ",
  "msg='b ",
  "avc:  denied  { ",
  "op=a ",
  "(a=b, ",
  "a",
  "=",
  "old ",
  '"',
  "subj=a (",
])("reads a line of 1 MiB of %s in linear time", (piece) => {
  for (const tail of ["", "x", "\x1dA={ ".repeat(1000)]) {
    const body = piece.repeat((1 << 20) / piece.length);
    expect(parseRecord(Buffer.from(`type=USER ${STAMP} ${body}${tail}`, "latin1")).ok).toBe(true);
    expect(parseRecord(Buffer.from(`type=USER ${STAMP} \x1d${body}${tail}`, "latin1")).ok).toBe(true);
  }
});

/** Bodies of everything that the grammar treats apart, well-formed or not. */
const piece = fc.oneof(
  fc.constantFrom(
    "a=1",
    'key="k"',
    "key=6162",
    "name=2F61",
    "op=add rule",
    "text=",
    "subj=x (y)",
    "subj==x",
    "avc:",
    "denied",
    "granted",
    "{ read }",
    "{",
    "}",
    "msg='",
    "'",
    "msg='a=b'",
    '"',
    "=",
    "(a=b,",
    "old auid=1",
    "a0=41",
    "a1[2]=4142",
    "\x1d",
    '\x1dUID="root"',
    "SADDR={ a }",
    ":",
    "x=y:",
    "(null)",
    "\0",
    "\xff",
    "é",
    "\\",
    "\t",
  ),
  fc.string({ maxLength: 12, unit: "binary" }).map((text) => Buffer.from(text).toString("latin1")),
);
const body = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(" ").replaceAll("\n", ""));
const type = fc.constantFrom("SYSCALL", "EXECVE", "AVC", "USER_AVC", "LOGIN", "USER", "1309", "X");

it("writes as JSON what parseRecord says", () => {
  const reader = openRecordReader();
  const json = new JsonLines(64);
  fc.assert(
    fc.property(type, body, (name, text) => {
      const bytes = Buffer.from(`type=${name} ${STAMP} ${text}`, "latin1");
      const parsed = reader.parse(bytes);
      const header = readHeader(bytes);
      if (!parsed.ok || !header.ok) throw new Error("header");

      json.begin({ timeMs: header.value.timeMs, serial: header.value.serial, node: null });
      json.record(bytes, header.value.body, bytes.length, header.value.type);
      json.end();

      const written = JSON.parse(json.take().toString("utf8")) as {
        time: string;
        records: { fields: object; enriched: object }[];
      };
      const readableEntries = (fields: object) =>
        Object.entries(fields).map(([key, value]) => [readable(key), readable(String(value))]);
      expect(written.time).toBe("2023-11-14T22:13:20.123Z");
      expect(Object.entries(written.records[0]?.fields ?? {})).toEqual(
        dedupe(readableEntries(parsed.value.fields)),
      );
      expect(Object.entries(written.records[0]?.enriched ?? {})).toEqual(
        dedupe(readableEntries(parsed.value.enriched)),
      );
    }),
    { numRuns: 3000 },
  );
});

/** JSON.parse puts names that are numbers first and keeps the last of two: as an object does. */
const dedupe = (entries: (readonly string[])[]): [string, string][] => {
  const object: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [key = "", value = ""] of entries) object[key] = value;
  return Object.entries(object);
};

it("never throws and gives the line back, whatever the bytes", () => {
  const reader = openRecordReader();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const line = Buffer.concat([
        Buffer.from(`type=AVC ${STAMP} `),
        Buffer.from(bytes.filter((byte) => byte !== 10)),
      ]);

      const parsed = reader.parse(line);

      expect(parsed.ok && parsed.value.raw).toBe(line.toString("latin1"));
      expect(parseRecord(Buffer.from(bytes)).ok).toBeTypeOf("boolean");
    }),
    { numRuns: 2000 },
  );
});
