import { CONFIDENCES, type Confidence } from "../model/session.ts";

/** The less sure of two. A claim is never surer than what it rests on. */
export function weaker(a: Confidence, b: Confidence): Confidence {
  return CONFIDENCES.indexOf(a) >= CONFIDENCES.indexOf(b) ? a : b;
}
