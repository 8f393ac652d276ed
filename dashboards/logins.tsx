import type { LoginView } from "../src/http/api.ts";
import { groupLogins, type LoginGroup } from "./groups.ts";
import { Listing } from "./listing.tsx";
import { Time } from "./pieces.tsx";
import { logins } from "./state.ts";
import { lasting } from "./times.ts";

const OUTCOMES: Readonly<Record<LoginView["outcome"], string>> = {
  accepted: "accepted",
  failed: "failed",
  "invalid-user": "no such user",
  "max-attempts": "too many attempts",
};

function users(rows: readonly LoginView[]): string {
  const names = [...new Set(rows.map((row) => row.user ?? "unknown user"))];
  const more = names.length - 3;
  return more > 0 ? `${names.slice(0, 3).join(", ")} and ${more} more` : names.join(", ");
}

function Login({ group }: { readonly group: LoginGroup }) {
  const [newest] = group.rows;
  const oldest = group.rows.at(-1);
  if (newest === undefined || oldest === undefined) return null;
  const count = group.rows.length;
  const outcomes = [...new Set(group.rows.map((row) => OUTCOMES[row.outcome]))];
  const isFresh = group.rows.some((row) => logins.fresh.value.has(row.ref));
  return (
    <tr role="row" class={isFresh ? "fresh" : ""}>
      <td role="cell" class="when">
        <Time ms={newest.timeMs} />
      </td>
      <th scope="row" role="rowheader">
        <span class="name">{users(group.rows)}</span>{" "}
        <span class={`tag outcome-${newest.outcome === "accepted" ? "good" : "bad"}`}>
          {outcomes.join(", ")}
        </span>
        {count > 1 && (
          <span class="quiet">
            {" "}
            ×{count}
            {newest.timeMs - oldest.timeMs >= 1000 && ` in ${lasting(newest.timeMs - oldest.timeMs)}`}
          </span>
        )}
      </th>
      <td role="cell">
        <span class="address">{newest.address ?? "unknown address"}</span>
        {count === 1 && newest.method !== null && (
          <div class="quiet" title={newest.key ?? undefined}>
            {newest.method} {newest.key !== null && <span class="key">{newest.key.slice(0, 11)}…</span>}
          </div>
        )}
      </td>
    </tr>
  );
}

/** The latest logins and attempts. */
export function Logins() {
  return (
    <Listing
      id="logins"
      title="SSH logins"
      name="logins"
      list={logins}
      choice={{
        label: "Which logins",
        options: [
          ["all", "All"],
          ["accepted", "Accepted"],
        ],
        filter: (shown) => ({ outcome: shown === "all" ? null : shown }),
      }}
      empty={
        <>
          <p>Nobody has logged in yet.</p>
          <p class="quiet">
            Logins and failed attempts stand here as sshd logs them. To see one, log in by ssh.
          </p>
        </>
      }
      columns={[{ title: "When", class: "when" }, { title: "User" }, { title: "From" }]}
      body={(rows) => groupLogins(rows).map((group) => <Login key={group.key} group={group} />)}
    />
  );
}
