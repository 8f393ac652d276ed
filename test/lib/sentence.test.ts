import { describe, expect, it } from "vitest";
import {
  type ActorWords,
  type AttributionWords,
  actorPhrase,
  attributionSentence,
  containerPhrase,
  subjectPhrase,
} from "../../src/lib/sentence.ts";

const alice: ActorWords = {
  user: "alice",
  address: "127.0.0.7",
  port: 37613,
  method: "publickey",
  key: "SHA256:lt7v/xnwnjXl",
  ses: 3,
  via: ["sshd", "sudo", "docker"],
};
const known: AttributionWords = {
  actor: alice,
  origin: null,
  confidence: "exact",
  candidates: [alice],
  command: "sudo docker run -v /:/host bb:1",
  end: null,
  final: true,
};

describe("the sentence", () => {
  it("says who, with which key, from where, in which session, ran what on what", () => {
    expect(attributionSentence(known, "created it", containerPhrase("3f2a1b", "web1"))).toBe(
      'alice (key SHA256:lt7v… from 127.0.0.7:37613, session 3) ran "sudo docker run -v /:/host bb:1" → container web1 (3f2a…)',
    );
  });

  it("says how sure it is where it is not certain", () => {
    expect(actorPhrase(alice, "ordered")).toContain("told apart by order in time");
    expect(subjectPhrase({ ...known, confidence: "window", candidates: [alice, alice, alice] })).toMatch(
      /^probably alice .* or one of 2 others$/,
    );
  });

  it("names a job, a client in a container, an address of IPv6", () => {
    expect(
      actorPhrase({ ...alice, key: null, method: null, address: null, port: null, via: ["cron", "sh"] }),
    ).toBe("cron of alice (session 3)");
    expect(actorPhrase({ ...alice, address: "fe80::1%eth0", via: ["sshd", "container web1"] })).toContain(
      "from [fe80::1%eth0]:37613, session 3, in container web1",
    );
  });

  it("says where the chain ends when there is nobody", () => {
    const nobody = { ...known, actor: null, candidates: [], confidence: null, command: null };

    expect(subjectPhrase({ ...nobody, end: "daemon" })).toBe("nobody known (daemon)");
    expect(subjectPhrase({ ...nobody, final: false })).toBe("an actor still being resolved");
    expect(subjectPhrase({ ...nobody, origin: alice })).toContain("goes back to alice");
    expect(subjectPhrase(null)).toBe("an unknown actor");
  });

  it("lets no control character of a log through", () => {
    const hostile = { ...known, actor: { ...alice, user: "a\u001b[2J" }, command: "docker\u0007 run" };

    expect(attributionSentence(hostile, "", null)).not.toMatch(/[\u0000-\u001f]/);
  });
});
