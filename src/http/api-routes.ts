import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { AlertState } from "../model/alert.ts";
import type { DockerEvent } from "../model/event.ts";
import type { Level } from "../model/finding.ts";
import { alertId, type EventRef, epochMs, eventRef } from "../model/ids.ts";
import type { Login } from "../model/session.ts";
import * as api from "./api.ts";
import { openOverview } from "./overview.ts";
import { readPage } from "./paging.ts";
import type { HttpParts } from "./parts.ts";
import { proofFor, proofOf } from "./proof.ts";
import { alertView, dockerView, isRoutine, loginView, sessionView, whoView } from "./views.ts";

interface PageQuery {
  readonly limit: number;
  readonly before?: string;
}
type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

const ok = (schema: object) => ({ 200: schema, 404: api.FAULT });
/** How many events are looked through for one page of those that people caused. */
const MAX_LOOKED_THROUGH = 2000;

/** `/api/v1/…`: everything the page shows, as JSON; the caller has checked who asks. */
export function apiRoutes(
  app: FastifyInstance,
  parts: Pick<HttpParts, "reads" | "edits" | "health" | "facts" | "clock" | "log">,
  onEdit: () => void,
): void {
  const { reads, edits, clock, log } = parts;
  const overview = openOverview(parts);
  const csrf = app.csrfProtection.bind(app);

  app.get("/health", { schema: { response: ok(api.HEALTH) } }, () => overview.read());

  app.get("/alerts", { schema: { querystring: api.ALERTS_QUERY, response: ok(api.ALERTS) } }, (request) => {
    const { limit, before, rule, ...filter } = request.query as PageQuery &
      Given<{ state: AlertState; minLevel: Level; rule: string }>;
    const ruled = rule === undefined ? filter : { ...filter, ruleId: rule };
    const page = readPage(
      limit,
      before,
      (span) => reads.alerts({ ...ruled, ...span }),
      (alert) => alert.lastMs,
    );
    return { ...page, rows: page.rows.map(alertView) };
  });

  const alertDetail = (id: string): api.AlertDetail | null => {
    const alert = reads.findAlert(id);
    if (alert === null) return null;
    return { alert: alertView(alert), ...proofFor(reads, alert.refs, alert.attribution?.evidence ?? []) };
  };
  const notFound = (reply: FastifyReply, what: string) =>
    reply.code(404).send({ code: "DW_HTTP_NOT_FOUND", error: `There is no ${what} of that name.` });

  app.get(
    "/alerts/:id",
    { schema: { params: api.ID_PARAMS, response: ok(api.ALERT_DETAIL) } },
    (request, reply) => alertDetail((request.params as { id: string }).id) ?? notFound(reply, "alert"),
  );

  const STATES: readonly (readonly [string, AlertState])[] = [
    ["ack", "acknowledged"],
    ["resolve", "resolved"],
    ["reopen", "open"],
  ];
  for (const [verb, state] of STATES)
    app.post(
      `/alerts/:id/${verb}`,
      {
        schema: { params: api.ID_PARAMS, response: ok(api.ALERT_DETAIL) },
        preValidation: csrf,
      },
      (request: FastifyRequest, reply: FastifyReply) => {
        const id = alertId((request.params as { id: string }).id);
        const changed = edits.setAlertState(id, state, `page (${request.ip})`, epochMs(clock.now()));
        if (changed === null) return notFound(reply, "alert");
        log.info({ alert: id, state, address: request.ip }, "alert changed on the page");
        overview.forget();
        onEdit();
        return alertDetail(changed.id) ?? notFound(reply, "alert");
      },
    );

  app.get("/logins", { schema: { querystring: api.LOGINS_QUERY, response: ok(api.LOGINS) } }, (request) => {
    const { limit, before, ...filter } = request.query as PageQuery &
      Given<{ user: string; address: string; outcome: Login["outcome"] }>;
    const page = readPage(
      limit,
      before,
      (span) => reads.logins({ ...filter, ...span }),
      (login) => login.timeMs,
    );
    return { ...page, rows: page.rows.map(loginView) };
  });

  app.get(
    "/docker",
    { schema: { querystring: api.DOCKER_QUERY, response: ok(api.DOCKER_EVENTS) } },
    (request) => {
      const { limit, before, container, action, all } = request.query as PageQuery &
        Given<{ container: string; action: string; all: boolean }>;
      const filter = {
        ...(container === undefined ? {} : { containerLike: container }),
        ...(action === undefined ? {} : { action }),
      };
      const rows: api.DockerView[] = [];
      let next: string | null = before ?? null;
      let looked = 0;
      do {
        const step = all === true ? limit - rows.length : Math.min(api.MAX_ROWS, limit * 2);
        const page: api.List<DockerEvent> = readPage(
          step,
          next ?? undefined,
          (span) => reads.docker({ ...filter, ...span }),
          (event) => event.timeMs,
        );
        const known = reads.attributions(page.rows.map((event) => event.ref));
        for (const event of page.rows) {
          const attribution = known.get(event.ref) ?? null;
          if (all === true || !isRoutine(event, attribution)) rows.push(dockerView(event, attribution));
        }
        looked += page.rows.length;
        next = page.next;
      } while (next !== null && rows.length < limit && looked < MAX_LOOKED_THROUGH);
      return { rows, next };
    },
  );

  app.get(
    "/sessions",
    { schema: { querystring: api.SESSIONS_QUERY, response: ok(api.SESSIONS) } },
    (request) => {
      const { limit, before, ...filter } = request.query as PageQuery &
        Given<{ user: string; open: boolean }>;
      const page = readPage(
        limit,
        before,
        (span) => reads.sessions({ ...filter, ...span }),
        (session) => session.startMs,
      );
      return { ...page, rows: page.rows.map(sessionView) };
    },
  );

  const refOf = (request: FastifyRequest): EventRef => eventRef((request.params as { ref: string }).ref);

  app.get(
    "/attribution/:ref",
    { schema: { params: api.REF_PARAMS, response: ok(api.ATTRIBUTION_DETAIL) } },
    (request) => {
      const ref = refOf(request);
      const attribution = reads.attribution(ref);
      return { ref, who: whoView(attribution), ...proofFor(reads, [ref], attribution?.evidence ?? []) };
    },
  );

  app.get(
    "/audit/:ref",
    { schema: { params: api.REF_PARAMS, response: ok(api.AUDIT_LINES) } },
    (request, reply) => {
      const proof = proofOf(reads, refOf(request));
      return proof.source === "audit" && proof.lines.length > 0 ? proof : notFound(reply, "audit event");
    },
  );
}
