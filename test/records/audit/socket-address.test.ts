import { expect, it } from "vitest";
import { socketAddress } from "../../../src/records/audit/socket-address.ts";

const hex = (text: string) => Buffer.from(text, "latin1").toString("hex").toUpperCase();

it.each([
  ["02000050A9FEA9FE0000000000000000", { family: "inet", address: "169.254.169.254", port: 80 }],
  ["0002005000000001", { family: "inet", address: "0.0.0.1", port: 80 }],
  [
    "0A000016000000000000000000000000000000000000000100000000",
    { family: "inet6", address: "::1", port: 22, scope: 0 },
  ],
  [
    "0A0000160000000020010DB800000000000000010000000002000000",
    { family: "inet6", address: "2001:db8::1:0:0", port: 22, scope: 2 },
  ],
  [
    "0A00001600000000FE80000000000001000000000000000100000000",
    { family: "inet6", address: "fe80:0:0:1::1", port: 22, scope: 0 },
  ],
  [
    "0A00001600000000000000000000000000000000000000000000",
    { family: "inet6", address: "::", port: 22, scope: 0 },
  ],
  [
    "0A0000160000000000000000000000000000FFFF0A01020300000000",
    { family: "inet6", address: "::ffff:10.1.2.3", port: 22, scope: 0 },
  ],
  [`0100${hex("/run/docker.sock\0\0\0")}`, { family: "local", path: "/run/docker.sock", isAbstract: false }],
  [`0001${hex("/run/x")}`, { family: "local", path: "/run/x", isAbstract: false }],
  [`0100${hex("\0abstract\0name\0\0")}`, { family: "local", path: "abstract\0name", isAbstract: true }],
  ["0100", { family: "local", path: "", isAbstract: false }],
  ["100000000500000003000000", { family: "netlink", pid: 5, groups: 3 }],
  ["1100080002000000010006000000000000000000", { family: "packet", protocol: 0x0800, interfaceIndex: 2 }],
  ["28000000D20400000300000000000000", { family: "vsock", cid: 3, port: 1234 }],
  ["2600616263", { family: "other", number: 38 }],
  ["0200", { family: "other", number: 2 }],
  ["0000", { family: "other", number: 0 }],
])("reads %s", (saddr, expected) => {
  expect(socketAddress(saddr)).toEqual(expected);
});

it.each(["", "02", "020", "xyz0", "(null)"])("says null for '%s'", (saddr) => {
  expect(socketAddress(saddr)).toBeNull();
});
