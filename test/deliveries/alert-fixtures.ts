import type { Alert } from "../../src/model/alert.ts";
import { alertId, auid, deliveryId, epochMs, eventRef, serial, ses } from "../../src/model/ids.ts";
import type { Notification } from "../../src/ports/channel.ts";

/** An alert as the pipeline makes one. */
export const SOCKET_ALERT: Alert = {
  id: alertId("5f0c1d2e3a4b5c6d"),
  ruleId: "docker-socket-mounted",
  title: "Docker socket mounted into a container",
  level: "high",
  tags: ["attack.t1611", "cis.docker.5.32"],
  state: "open",
  groupKey: '[["container","web1"]]',
  group: { container: "web1" },
  object: "container web1 (3f2a91c04b7d)",
  action: "mounted the Docker socket into",
  sentence:
    "alice (key SHA256:lt7v… from 127.0.0.9:41822, session 3) mounted the Docker socket into container web1 (3f2a91c04b7d) on 2026-11-24 11:02:13 UTC; surely (exact, audit 10127); proof: dockwarden who 3f2a91c04b7d",
  attribution: {
    ref: eventRef(`docker:1795518133000000000:container:create:${"3f2a91c04b7d".padEnd(64, "0")}`),
    actor: {
      user: "alice",
      address: "127.0.0.9",
      port: 41822,
      method: "publickey",
      key: "SHA256:lt7vWb5oF1mPzjHq0Qd2mT4d1u3w8pN6yKc9rXeJt0s",
      ses: ses(3),
      auid: auid(1001),
      via: ["sshd", "bash", "docker"],
    },
    origin: null,
    confidence: "exact",
    candidates: [],
    evidence: [
      { source: "audit", serial: serial(10127), ref: eventRef("audit:1795518132.991:10127") },
      {
        source: "sshd",
        line: "Accepted publickey for alice",
        ref: eventRef("sshd:1795518100000:28861:abcdef012345"),
      },
    ],
    command: "docker run -d --name web1 -v /var/run/docker.sock:/var/run/docker.sock nginx",
    end: null,
    final: true,
  },
  refs: [eventRef(`docker:1795518133000000000:container:create:${"3f2a91c04b7d".padEnd(64, "0")}`)],
  count: 1,
  firstMs: epochMs(1_795_518_133_000),
  lastMs: epochMs(1_795_518_133_000),
  nextSteps:
    "Ask alice whether it was meant. Whoever has the socket is root on the host: stop the container, then look for what it started ('dockwarden sessions show 3').",
  falsePositives: ["Management tools that run in a container, such as Portainer or Watchtower"],
  backfill: false,
  mutedBy: null,
  notifyAtMs: epochMs(1_795_518_133_100),
};

/** A notification of {@link SOCKET_ALERT}, changed as asked. */
export function notificationOf(changes: Partial<Notification> = {}): Notification {
  return {
    id: deliveryId("00112233445566778899aabbccddeeff"),
    kind: "alert",
    alerts: [SOCKET_ALERT],
    host: "web-01",
    createdMs: epochMs(1_795_518_133_100),
    pageUrl: "https://dockwarden.example.org",
    ...changes,
  };
}
