import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INHIBITIONS } from "../../src/alerts/muting.ts";
import { alertSentence, type SentenceParts } from "../../src/alerts/sentence.ts";
import { epochMs, eventRef, serial, ses } from "../../src/model/ids.ts";
import { actorOf, attributionOf } from "./findings.ts";

const REF = eventRef(`docker:1795518133000000000:container:create:${"3f2a91c04b7d".padEnd(64, "0")}`);
const NOW = epochMs(1_795_518_133_000);

const ALICE = {
  ...actorOf("alice"),
  key: "SHA256:lt7vWb5oF1mPzjHq0Qd2mT4d1u3w8pN6yKc9rXeJt0s",
  ses: ses(3),
};

function parts(changes: Partial<SentenceParts> = {}): SentenceParts {
  return {
    attribution: attributionOf(REF, "alice", {
      actor: ALICE,
      evidence: [{ source: "audit", serial: serial(10127), ref: eventRef("audit:1795518132.991:10127") }],
    }),
    action: "mounted the Docker socket into",
    object: "container web1 (3f2a91c04b7d)",
    group: { container: "web1" },
    refs: [REF],
    count: 1,
    firstMs: NOW,
    lastMs: NOW,
    ...changes,
  };
}

it("says who, from where, what, when, how sure, and how to see the proof", () => {
  expect(alertSentence(parts())).toBe(
    "alice (key SHA256:lt7v… from 127.0.0.9:41822, session 3) mounted the Docker socket into container web1 (3f2a91c04b7d) on 2026-11-24 11:02:13 UTC; surely (exact, audit 10127); proof: dockwarden who 3f2a91c04b7d",
  );
});

it("sets an object apart where the action does not lead on to it", () => {
  const sentence = alertSentence(
    parts({ action: "changed the Docker configuration", object: "/etc/docker/daemon.json" }),
  );

  expect(sentence).toContain(
    " changed the Docker configuration: /etc/docker/daemon.json, on 2026-11-24 11:02:13 UTC;",
  );
});

it("counts repeats, and leaves the count to a correlation's own words", () => {
  const many = parts({ count: 9, lastMs: epochMs(NOW + 60_000) });

  expect(alertSentence(many)).toContain("9 times from 2026-11-24 11:02:13 UTC to 2026-11-24 11:03:13 UTC");
  expect(alertSentence(many, { isCorrelation: true })).not.toContain("9 times");
});

describe("without a person", () => {
  const of = (changes: Parameters<typeof attributionOf>[2], says = {}) =>
    alertSentence(parts({ attribution: attributionOf(REF, null, changes) }), says).split(" mounted ")[0];

  it("says that the actor is being resolved, or where the chain ends, and why", () => {
    expect(of({})).toBe("actor: resolving…;");
    const unseen = "unknown: no client was connected to the API at that time";
    expect(of({ origin: ALICE, end: unseen })).toBe("actor: resolving…;");
    expect(of({}, { gaveUp: true })).toBe("an unknown actor");
    expect(of({ final: true, end: "daemon" })).toBe("no person (daemon)");
    expect(of({ final: true, end: "unknown: no audit rule for connect" })).toBe(
      "no person (unknown: no audit rule for connect)",
    );
  });

  it("names all who fit, and what it is a consequence of", () => {
    const candidates = ["alice", "bob"].map(actorOf);

    expect(of({ confidence: "window", candidates, final: true })).toBe(
      "alice (publickey from 127.0.0.9:41822) or bob (publickey from 127.0.0.9:41822)",
    );
    expect(of({ origin: actorOf("bob"), final: true })).toBe(
      "nobody directly (a consequence of what bob (publickey from 127.0.0.9:41822) did)",
    );
  });

  it("takes a failed login's name for a claim", () => {
    expect(
      of({
        actor: actorOf("carol"),
        confidence: null,
        final: true,
        end: "not logged in: the name is only claimed",
      }),
    ).toBe("somebody claiming to be carol (publickey from 127.0.0.9:41822)");
  });

  it("names the address that the log names", () => {
    const sentence = alertSentence(
      parts({
        attribution: null,
        action: "tried to log in by SSH again and again",
        object: null,
        group: { address: "127.0.0.9" },
        refs: [eventRef("sshd:1795518133000:99:abcdef012345")],
      }),
    );

    expect(sentence).toMatch(
      /^somebody at 127\.0\.0\.9 tried to log in .*; proof: dockwarden who sshd:1795518133000:99:abcdef012345$/,
    );
  });
});

it("stays one printable line of bounded length, whatever an attacker writes", () => {
  const text = fc.string({ unit: "binary", maxLength: 50 }).map((text) => text.repeat(200));

  fc.assert(
    fc.property(text, text, text, text, (user, action, object, end) => {
      const evil = { ...ALICE, user, address: object, key: action, method: end, via: [`container ${user}`] };
      const attribution = attributionOf(eventRef(`docker:1:image:pull:${object}`), null, {
        actor: evil,
        candidates: [evil, evil],
        confidence: "window",
      });

      const sentence = alertSentence(parts({ attribution, action, object, group: { user: end } }));

      expect(sentence).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u);
      expect(sentence.length).toBeLessThan(2000);
    }),
    { numRuns: 300 },
  );
});

it("gives a proof command that a shell reads as one word, whatever stands in the reference", () => {
  const ref = eventRef("docker:1:image:pull:evil'; touch /tmp/x #");

  const sentence = alertSentence(parts({ attribution: null, refs: [ref] }));

  expect(sentence).toContain(
    String.raw`proof: dockwarden who 'docker:1:image:pull:evil'\''; touch /tmp/x #'`,
  );
});

it("inhibits by rules that there are", () => {
  const rules = join(import.meta.dirname, "../../config/rules");
  const ids = globSync("**/*.yml", { cwd: rules })
    .flatMap((file) => [...readFileSync(join(rules, file), "utf8").matchAll(/^id: (\S+)$/gm)])
    .map((match) => match[1]);

  for (const { by, mutes } of INHIBITIONS) expect(ids).toEqual(expect.arrayContaining([by, mutes]));
});
