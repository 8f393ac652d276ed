import { wordsOf } from "../errno.ts";
import type { DockerQuestions } from "./client.ts";
import { type EventKey, objectOf } from "./event-key.ts";

/** What inspect said about an event's subject. */
export interface Inspection {
  /** The answer as JSON; null where nothing was asked, or the subject had gone. */
  readonly json: string | null;
  /** Why an answer that was asked for is missing; null elsewhere. */
  readonly fault: string | null;
}

/** Asks the daemon about events, a few at a time, and never for long. */
export interface Inspector {
  /** @returns at the latest after {@link WAIT_MS}; never rejects. */
  inspect(key: EventKey | null): Promise<Inspection>;
}

/** An event waits so long for its facts. */
export const WAIT_MS = 2000;
const AT_ONCE = 8;
const JSON_BYTES = 1024 * 1024;
const NOTHING: Inspection = { json: null, fault: null };

/** @param signal ends all questions. */
export function openInspector(docker: DockerQuestions, signal: AbortSignal): Inspector {
  const waiting: (() => void)[] = [];
  let running = 0;

  const turn = async (ending: AbortSignal): Promise<void> => {
    if (running < AT_ONCE) {
      running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        ending.removeEventListener("abort", give);
        resolve();
      };
      const give = (): void => {
        waiting.splice(waiting.indexOf(go), 1);
        reject(new Error("no turn came"));
      };
      ending.addEventListener("abort", give, { once: true });
      waiting.push(go);
    });
  };
  const done = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  const ask = async (question: (ending: AbortSignal) => Promise<unknown>): Promise<Inspection> => {
    const ending = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]);
    try {
      await turn(ending);
      try {
        return answerOf(await question(ending));
      } finally {
        done();
      }
    } catch (error) {
      return { json: null, fault: ending.aborted ? `no answer within ${WAIT_MS} ms` : wordsOf(error) };
    }
  };
  return {
    inspect(key) {
      if (key === null) return Promise.resolve(NOTHING);
      const { type, action, actorId, execId } = key;
      if (type !== "container") return Promise.resolve(NOTHING);
      if (action === "create" || action === "start")
        return ask((ending) => docker.container(actorId, ending));
      if (action === "exec_create" && execId !== null) return ask((ending) => docker.exec(execId, ending));
      return Promise.resolve(NOTHING);
    },
  };
}

/** @returns inspect's answer as JSON, without what is secret (values of the environment) or grows (health log). */
export function answerOf(answer: unknown): Inspection {
  if (answer === null || answer === undefined) return NOTHING;
  const json = JSON.stringify(answer, (name, value: unknown) => {
    if (name === "Env" && Array.isArray(value))
      return value.map((pair) => `${String(pair).split("=", 1)[0]}=…`);
    if (name === "Health") return { ...objectOf(value), Log: undefined };
    return value;
  });
  if (json.length > JSON_BYTES) return { json: null, fault: `the answer is longer than ${JSON_BYTES} bytes` };
  return { json, fault: null };
}
