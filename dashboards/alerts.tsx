import { useSignal } from "@preact/signals";
import type { AlertView } from "../src/http/api.ts";
import { Choice, ListEnd, Panel, ProofButton, Proofs, Sureness, Time, Waiting } from "./pieces.tsx";
import { alerts, changeAlert, proofs } from "./state.ts";
import { lasting } from "./times.ts";

type Shown = "open" | "acknowledged" | "all";

function Actions({ alert }: { readonly alert: AlertView }) {
  const isBusy = useSignal(false);
  const fault = useSignal<string | null>(null);
  const change = async (verb: "ack" | "resolve" | "reopen"): Promise<void> => {
    isBusy.value = true;
    try {
      await changeAlert(alert.id, verb);
      fault.value = null;
    } catch (error) {
      fault.value = (error as Error).message;
    }
    isBusy.value = false;
  };
  const button = (verb: "ack" | "resolve" | "reopen", text: string) => (
    <button
      type="button"
      disabled={isBusy.value}
      aria-label={`${text} ${alert.title}`}
      onClick={() => void change(verb)}
    >
      {text}
    </button>
  );
  return (
    <>
      {alert.state === "open" && button("ack", "Acknowledge")}
      {alert.state !== "resolved" && button("resolve", "Resolve")}
      {alert.state !== "open" && button("reopen", "Reopen")}
      {fault.value !== null && (
        <span class="fault" role="alert">
          {fault.value}
        </span>
      )}
    </>
  );
}

function Details({ alert, region }: { readonly alert: AlertView; readonly region: string }) {
  return (
    <div class="details" id={region}>
      {alert.nextSteps !== null && (
        <>
          <h4>What to do next</h4>
          <p class="steps">{alert.nextSteps}</p>
        </>
      )}
      {alert.falsePositives.length > 0 && (
        <>
          <h4>It may be harmless</h4>
          <ul>
            {alert.falsePositives.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </>
      )}
      {alert.who !== null && (
        <>
          <h4>Who</h4>
          <p>
            {alert.who.text} <Sureness who={alert.who} />
          </p>
          {alert.who.via.length > 0 && <p class="quiet">By way of {alert.who.via.join(" → ")}</p>}
          {alert.who.command !== null && <pre>{alert.who.command}</pre>}
          {alert.who.candidates.length > 0 && (
            <ul>
              {alert.who.candidates.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          )}
        </>
      )}
      <h4>The lines that show it</h4>
      <Proofs of={alert.id} />
      <p class="quiet">
        Rule {alert.ruleId} · alert {alert.id}
        {alert.tags.length > 0 && ` · ${alert.tags.join(", ")}`}
      </p>
    </div>
  );
}

function Alert({ alert }: { readonly alert: AlertView }) {
  const region = `proof-${alert.id}`;
  const isFresh = alerts.fresh.value.has(alert.id);
  return (
    <li class={`alert edge-${alert.level} is-${alert.state}${isFresh ? " fresh" : ""}`}>
      <h3>
        <span class={`level level-${alert.level}`}>{alert.level}</span>
        <span class="title">{alert.title}</span>
      </h3>
      <p class="sentence">{alert.sentence}</p>
      <div class="meta">
        <span>
          <Time ms={alert.lastMs} />
        </span>
        {alert.count > 1 && (
          <span title="How many events the alert joins">
            ×{alert.count.toLocaleString("en")}
            {alert.lastMs - alert.firstMs >= 1000 && ` in ${lasting(alert.lastMs - alert.firstMs)}`}
          </span>
        )}
        {alert.who !== null && <Sureness who={alert.who} />}
        {alert.state !== "open" && <span class="tag">{alert.state}</span>}
        {alert.mutedBy !== null && (
          <span class="tag" title={alert.mutedBy}>
            muted
          </span>
        )}
        {alert.backfill && (
          <span
            class="tag"
            title="It happened before Dockwarden was first started; no notification of its own was sent."
          >
            before the first start
          </span>
        )}
        <span class="actions">
          <ProofButton kind="alerts" of={alert.id} region={region} name={alert.title} />
          <Actions alert={alert} />
        </span>
      </div>
      {proofs.value.has(alert.id) && <Details alert={alert} region={region} />}
    </li>
  );
}

function Empty({ shown }: { readonly shown: Shown }) {
  const [text, hint] = {
    open: [
      "No open alert.",
      <>
        When a rule matches, it stands here within a second. To see one, run{" "}
        <code>docker run --rm --privileged alpine true</code>.
      </>,
    ],
    acknowledged: [
      "No acknowledged alert.",
      "Acknowledge an open alert to say that somebody is looking at it.",
    ],
    all: [
      "No alert yet.",
      <>
        When a rule matches, it stands here within a second. <code>dockwarden rules list</code> shows what is
        looked for.
      </>,
    ],
  }[shown];
  return (
    <div class="empty">
      <p>{text}</p>
      <p class="quiet">{hint}</p>
    </div>
  );
}

/** The alerts, newest first. */
export function Alerts() {
  const shown = useSignal<Shown>("open");
  const rows = alerts.rows.value;
  const visible = rows?.filter((row) => shown.value === "all" || row.state === shown.value) ?? null;
  const show = (value: Shown): void => {
    shown.value = value;
    alerts.filter({ state: value === "all" ? null : value });
  };
  return (
    <Panel
      id="alerts"
      title="Alerts"
      tools={
        <Choice
          label="Which alerts"
          value={shown.value}
          options={[
            ["open", "Open"],
            ["acknowledged", "Acknowledged"],
            ["all", "All"],
          ]}
          onChange={show}
        />
      }
    >
      {visible === null ? (
        <Waiting />
      ) : visible.length === 0 ? (
        <Empty shown={shown.value} />
      ) : (
        <ol class="alerts">
          {visible.map((alert) => (
            <Alert key={alert.id} alert={alert} />
          ))}
        </ol>
      )}
      <ListEnd list={alerts} name="alerts" />
    </Panel>
  );
}
