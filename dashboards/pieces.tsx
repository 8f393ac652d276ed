import type { ComponentChildren } from "preact";
import type { AlertDetail, AttributionDetail, Who } from "../src/http/api.ts";
import type { LiveList } from "./lists.ts";
import { proofs, toggleProof } from "./state.ts";
import { ago, exactly, nowMs } from "./times.ts";

/** How long ago, with the exact time under the pointer. */
export function Time({ ms }: { readonly ms: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={exactly(ms)}>
      {ago(ms, nowMs())}
    </time>
  );
}

/** What each word of confidence promises. */
const SURE: Readonly<Record<NonNullable<Who["confidence"]>, string>> = {
  exact: "Exact: one token that nothing else can have, such as a process id within its life.",
  strong: "Strong: the only candidate.",
  ordered: "Ordered: told apart from others by the order in time.",
  window: "Window: several people fit; all of them are listed.",
};

/** How sure an attribution is. */
export function Sureness({ who }: { readonly who: Who | null }) {
  if (who === null || (!who.final && who.confidence === null))
    return (
      <span class="sure" title="The records that tell who it was have not arrived yet.">
        resolving…
      </span>
    );
  if (who.confidence === null) return null;
  return (
    <span class={`sure sure-${who.confidence}`} title={SURE[who.confidence]}>
      {who.confidence}
    </span>
  );
}

/** A part of the page with its heading. */
export function Panel(props: {
  readonly id: string;
  readonly title: string;
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="panel" id={props.id} aria-labelledby={`${props.id}-title`}>
      <header>
        <h2 id={`${props.id}-title`}>{props.title}</h2>
        {props.tools}
      </header>
      {props.children}
    </section>
  );
}

/** A choice between a few views of a list. */
export function Choice<Value extends string>(props: {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [Value, string])[];
  readonly onChange: (value: Value) => void;
}) {
  return (
    <fieldset class="choice">
      <legend class="unseen">{props.label}</legend>
      {props.options.map(([value, text]) => (
        <button
          type="button"
          key={value}
          aria-pressed={props.value === value}
          onClick={() => props.onChange(value)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  );
}

/** What stands below a list: its fault, and the way to older rows. */
export function ListEnd<Row>({ list, name }: { readonly list: LiveList<Row>; readonly name: string }) {
  return (
    <>
      {list.fault.value !== null && (
        <p class="fault" role="alert">
          Could not read the {name}: {list.fault.value}
        </p>
      )}
      {list.hasOlder.value && (
        <button type="button" class="older" onClick={() => void list.older()}>
          Show older {name}
        </button>
      )}
    </>
  );
}

/** Says that something is being read, and keeps its place. */
export function Waiting() {
  return (
    <p class="wait" role="status">
      Reading…
    </p>
  );
}

const SOURCE_NAMES = { audit: "audit log", docker: "Docker event", sshd: "sshd log" } as const;

function Lines({ detail }: { readonly detail: AlertDetail | AttributionDetail }) {
  if (detail.proof.length === 0) return <p class="quiet">No lines are stored for it.</p>;
  return (
    <>
      {detail.proof.map((proof) => (
        <figure key={proof.ref} class="proof">
          <figcaption>
            {SOURCE_NAMES[proof.source]}
            {proof.timeMs !== null && (
              <>
                {" · "}
                <time dateTime={new Date(proof.timeMs).toISOString()} title={exactly(proof.timeMs)}>
                  {new Date(proof.timeMs).toISOString().replace("T", " ").replace("Z", " UTC")}
                </time>
              </>
            )}
          </figcaption>
          {proof.lines.length === 0 ? (
            <p class="quiet">This line is not stored any more ({proof.ref}).</p>
          ) : (
            <pre>{proof.lines.join("\n")}</pre>
          )}
        </figure>
      ))}
      {detail.moreProof > 0 && (
        <p class="quiet">
          And {detail.moreProof} more events; <code>dockwarden who</code> lists them all.
        </p>
      )}
    </>
  );
}

/** The verbatim lines behind an alert or an event, once they were asked for. */
export function Proofs({ of }: { readonly of: string }) {
  const detail = proofs.value.get(of);
  if (detail === undefined) return null;
  if (detail === "wait") return <Waiting />;
  if (detail instanceof Error)
    return (
      <p class="fault" role="alert">
        Could not read the proof: {detail.message}
      </p>
    );
  return <Lines detail={detail} />;
}

/** The button that opens and closes a proof; `region` is the id of what it opens. */
export function ProofButton(props: {
  readonly kind: "alerts" | "attribution";
  readonly of: string;
  readonly region: string;
  readonly name: string;
}) {
  const isOpen = proofs.value.has(props.of);
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      aria-controls={props.region}
      aria-label={`Proof of ${props.name}`}
      onClick={() => void toggleProof(props.kind, props.of)}
    >
      Proof
    </button>
  );
}
