import { effect } from "@preact/signals";
import { render } from "preact";
import { Alerts } from "./alerts.tsx";
import { Docker } from "./docker.tsx";
import { Logins } from "./logins.tsx";
import { csrfField } from "./requests.ts";
import { announcement, connection, health, start } from "./state.ts";
import { Verdict, Watch } from "./watch.tsx";

const CONNECTIONS = {
  connecting: "connecting…",
  live: "live",
  lost: "connection lost, trying again…",
} as const;

function Head() {
  return (
    <header class="head">
      <h1>
        Dockwarden
        {health.value !== null && <span class="host">{health.value.facts.hostname}</span>}
      </h1>
      <p class={`connection connection-${connection.value}`} role="status">
        <span class="dot" aria-hidden="true" />
        {CONNECTIONS[connection.value]}
      </p>
      <nav aria-label="Account">
        <a href="/password">Password</a>
        <form method="post" action="/logout">
          <input type="hidden" name="_csrf" value={csrfField()} />
          <button type="submit" class="link">
            Sign out
          </button>
        </form>
      </nav>
    </header>
  );
}

function Page() {
  return (
    <>
      <a class="skip" href="#alerts">
        To the alerts
      </a>
      <Head />
      <main>
        <Verdict />
        <div class="columns">
          <div class="main">
            <Alerts />
            <Docker />
          </div>
          <div class="side">
            <Watch />
            <Logins />
          </div>
        </div>
      </main>
      <p class="unseen" aria-live="polite">
        {announcement.value}
      </p>
    </>
  );
}

const root = document.querySelector("#page");
if (root !== null) {
  root.replaceChildren();
  render(<Page />, root);
  start();
  effect(() => {
    const open = health.value?.open;
    const total =
      open === undefined ? 0 : open.critical + open.high + open.medium + open.low + open.informational;
    document.title = total === 0 ? "Dockwarden" : `(${total}) Dockwarden`;
  });
}
