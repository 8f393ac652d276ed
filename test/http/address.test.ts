import { expect, it } from "vitest";
import { hostName, isHostAllowed, isLoopback, parseListen } from "../../src/http/address.ts";

it.each([
  ["127.0.0.1:8787", { host: "127.0.0.1", port: 8787 }],
  ["[::1]:8787", { host: "::1", port: 8787 }],
  ["localhost:0", { host: "localhost", port: 0 }],
])("reads %s", (text, expected) => {
  expect(parseListen(text)).toEqual(expected);
});

it.each(["8787", "127.0.0.1", "::1:8787", "127.0.0.1:99999", "127.0.0.1:", ""])("refuses %j", (text) => {
  expect(() => parseListen(text)).toThrow(/DW_HTTP_LISTEN/);
});

it.each([
  ["127.0.0.1", true],
  ["127.9.9.9", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["192.0.2.1", false],
  ["localhost.example.org", false],
])("says of %s that it is loopback: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it.each([
  ["localhost:8787", "localhost"],
  ["LOCALHOST", "localhost"],
  ["[::1]:8787", "::1"],
  ["watch.example.org", "watch.example.org"],
  ["evil.example@127.0.0.1", null],
  ["127.0.0.1/evil.example", null],
  ["", null],
  [undefined, null],
])("takes the name out of Host %j", (header, expected) => {
  expect(hostName(header)).toBe(expected);
});

it.each([
  ["127.0.0.1", "127.0.0.1", null, true],
  ["localhost", "127.0.0.1", null, true],
  ["rebound.example", "127.0.0.1", null, false],
  ["rebound.example", "0.0.0.0", null, false],
  ["192.0.2.7", "0.0.0.0", null, true],
  ["192.0.2.7", "127.0.0.1", null, false],
  ["watch.example.org", "127.0.0.1", "watch.example.org", true],
])("Host %s when listening on %s with public host %s: %s", (name, listen, publicHost, expected) => {
  expect(isHostAllowed(name, listen, publicHost)).toBe(expected);
});
