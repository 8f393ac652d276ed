import { expect, it } from "vitest";
import { groupDocker, groupLogins } from "../../dashboards/groups.ts";
import type { DockerView, LoginView } from "../../src/http/api.ts";

const login = (ref: string, outcome: LoginView["outcome"], address: string): LoginView => ({
  ref,
  timeMs: 0,
  outcome,
  user: "root",
  address,
  port: null,
  method: null,
  key: null,
});
const event = (ref: string, timeMs: number, container: string, text: string): DockerView => ({
  ref,
  timeMs,
  type: "container",
  action: ref,
  detail: null,
  name: container,
  container,
  image: null,
  exitCode: null,
  risks: [],
  who: {
    text,
    user: null,
    address: null,
    via: [],
    confidence: null,
    candidates: [],
    command: null,
    end: null,
    final: true,
  },
  inferred: false,
  backfill: false,
});
const refs = (groups: readonly { readonly rows: readonly { readonly ref: string }[] }[]) =>
  groups.map((group) => group.rows.map((row) => row.ref).join(" "));

it("joins failed attempts in a row from one address, and leaves what was accepted alone", () => {
  const groups = groupLogins([
    login("a", "accepted", "1"),
    login("b", "failed", "1"),
    login("c", "invalid-user", "1"),
    login("d", "failed", "2"),
    login("e", "accepted", "2"),
    login("f", "accepted", "2"),
  ]);

  expect(refs(groups)).toEqual(["a", "b c", "d", "e", "f"]);
});

it("keeps a group's name while more attempts come in", () => {
  const before = groupLogins([login("b", "failed", "1"), login("c", "failed", "1")]);
  const after = groupLogins([
    login("a", "failed", "1"),
    login("b", "failed", "1"),
    login("c", "failed", "1"),
  ]);

  expect(after[0]?.key).toBe(before[0]?.key);
});

it("joins what one person did to one container in one go", () => {
  const groups = groupDocker([
    event("start", 400, "web", "alice"),
    event("create", 0, "web", "alice"),
    event("kill", -100, "web", "bob"),
    event("exec", -150, "db", "bob"),
    event("old", -60_000, "db", "bob"),
  ]);

  expect(refs(groups)).toEqual(["start create", "kill", "exec", "old"]);
});
