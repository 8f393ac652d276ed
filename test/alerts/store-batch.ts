import type { Batch } from "../../src/model/batch.ts";

/** A commit of nothing but what is given. */
export function batchOf(changes: Partial<Batch>): Batch {
  return {
    lines: [],
    audit: [],
    docker: [],
    sshd: [],
    sessions: { logins: [], sessions: [], containers: [], attributions: [] },
    findings: [],
    alerts: [],
    deliveries: [],
    state: [],
    notices: [],
    pendingAuditBytes: 0,
    ...changes,
  };
}
