import type { DockerView, Who } from "../src/http/api.ts";
import { type DockerGroup, groupDocker } from "./groups.ts";
import { Listing } from "./listing.tsx";
import { ProofButton, Proofs, Sureness, Time } from "./pieces.tsx";
import { docker, proofs } from "./state.ts";

const WORDS: Readonly<Record<string, string>> = {
  exec_create: "exec",
  exec_start: "exec start",
  exec_die: "exec end",
  die: "ended",
};

function deed(row: DockerView): string {
  const word = WORDS[row.action] ?? row.action.replaceAll("_", " ");
  const prefix = row.type === "container" ? "" : `${row.type} `;
  const code = row.exitCode === null || row.exitCode === 0 ? "" : ` (exit ${row.exitCode})`;
  return `${prefix}${word}${code}`;
}

function Actor({ who }: { readonly who: Who | null }) {
  if (who === null) return <span class="quiet">not known</span>;
  return (
    <>
      <span class={who.user === null ? "quiet" : ""}>{who.text}</span> <Sureness who={who} />
      {who.command !== null && <code class="command">{who.command}</code>}
    </>
  );
}

function Event({ group }: { readonly group: DockerGroup }) {
  const newest = group.rows[0];
  const oldest = group.rows.at(-1);
  if (newest === undefined || oldest === undefined) return null;
  const steps = [...new Set(group.rows.toReversed().map(deed))];
  const risks = [...new Set(group.rows.flatMap((row) => row.risks))];
  const details = [...new Set(group.rows.flatMap((row) => (row.detail === null ? [] : [row.detail])))];
  const name = newest.name ?? newest.container?.slice(0, 12) ?? newest.type;
  const region = `proof-${oldest.ref}`;
  const isOpen = proofs.value.has(oldest.ref);
  const isFresh = group.rows.some((row) => docker.fresh.value.has(row.ref));
  return (
    <>
      <tr role="row" class={isFresh ? "fresh" : ""}>
        <td role="cell" class="when">
          <Time ms={newest.timeMs} />
        </td>
        <th scope="row" role="rowheader">
          <span class="name" title={newest.container ?? undefined}>
            {name}
          </span>{" "}
          <span class="deed">{steps.join(" → ")}</span>
          {details.map((detail) => (
            <code class="command" key={detail}>
              {detail}
            </code>
          ))}
          {newest.image !== null && newest.image !== name && <div class="quiet">{newest.image}</div>}
          {risks.length > 0 && (
            <div class="risks">
              {risks.map((risk) => (
                <span class="tag risk" key={risk}>
                  {risk}
                </span>
              ))}
            </div>
          )}
          {newest.inferred && (
            <span
              class="tag"
              title="Concluded from the list of containers after a gap in Docker's event stream."
            >
              inferred
            </span>
          )}
        </th>
        <td role="cell" class="who">
          <Actor who={oldest.who} />
        </td>
        <td role="cell" class="act">
          <ProofButton kind="attribution" of={oldest.ref} region={region} name={`${deed(oldest)} ${name}`} />
        </td>
      </tr>
      {isOpen && (
        <tr role="row" class="details" id={region}>
          <td role="cell" colSpan={4}>
            {oldest.who !== null && oldest.who.candidates.length > 0 && (
              <ul>
                {oldest.who.candidates.map((text) => (
                  <li key={text}>{text}</li>
                ))}
              </ul>
            )}
            <Proofs of={oldest.ref} />
          </td>
        </tr>
      )}
    </>
  );
}

/** The latest Docker events with who is behind them. */
export function Docker() {
  return (
    <Listing
      id="docker"
      title="Docker"
      name="Docker events"
      list={docker}
      choice={{
        label: "Which Docker events",
        options: [
          ["people", "Without health checks"],
          ["all", "All"],
        ],
        filter: (shown) => ({ all: shown === "all" ? "true" : null }),
      }}
      empty={
        <>
          <p>Docker has reported nothing yet.</p>
          <p class="quiet">
            Every container, image and network event stands here with who caused it. To see one, run{" "}
            <code>docker run --rm hello-world</code>.
          </p>
        </>
      }
      columns={[
        { title: "When", class: "when" },
        { title: "What" },
        { title: "Who", class: "who" },
        { title: <span class="unseen">Proof</span>, class: "act" },
      ]}
      body={(rows) => groupDocker(rows).map((group) => <Event key={group.key} group={group} />)}
    />
  );
}
