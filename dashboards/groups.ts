import type { DockerView, LoginView } from "../src/http/api.ts";

/** Attempts in a row from one address with one outcome: a flood of guesses is one line. */
export interface LoginGroup {
  readonly key: string;
  readonly rows: readonly LoginView[];
}

/** Joins neighbours that failed and came from the same address; what was accepted always stands alone. Newest first. */
export function groupLogins(rows: readonly LoginView[]): LoginGroup[] {
  const groups: { key: string; rows: LoginView[] }[] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    const previous = last?.rows[0];
    const isSame =
      previous !== undefined &&
      row.outcome !== "accepted" &&
      previous.outcome !== "accepted" &&
      row.address === previous.address;
    if (last !== undefined && isSame) last.rows.push(row);
    else groups.push({ key: row.ref, rows: [row] });
  }
  // The oldest names the group: it stays the same group, and keeps its place, while more attempts come in.
  return groups.map((group) => ({ ...group, key: group.rows.at(-1)?.ref ?? group.key }));
}

/** What one person did to one thing in one go, such as `docker run`: create, attach, start. */
export interface DockerGroup {
  readonly key: string;
  /** Newest first. */
  readonly rows: readonly DockerView[];
}

const ONE_GO_MS = 10_000;

/** Joins neighbours that concern the same container (or thing) by the same person within ten seconds. Newest first. */
export function groupDocker(rows: readonly DockerView[]): DockerGroup[] {
  const groups: { key: string; rows: DockerView[] }[] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    const previous = last?.rows.at(-1);
    const isSame =
      previous !== undefined &&
      (row.container ?? row.name) === (previous.container ?? previous.name) &&
      (row.container !== null || row.type === previous.type) &&
      row.who?.text === previous.who?.text &&
      row.who?.command === previous.who?.command &&
      previous.timeMs - row.timeMs < ONE_GO_MS;
    if (last !== undefined && isSame) last.rows.push(row);
    else groups.push({ key: row.ref, rows: [row] });
  }
  return groups.map((group) => ({ ...group, key: group.rows.at(-1)?.ref ?? group.key }));
}
