import { type Answers, YES } from "../lib/answers.ts";

/**
 * Keeps, of the first `count` places, those whose events pass: in order, at the beginning of the same array. A test
 * looks at a column from end to end: asking all tests of one event after the other took five times as long.
 * @returns how many pass.
 */
export type ColumnTest = (places: Uint32Array, count: number) => number;

/** Those that have this value, of 32 bits as audit's tools read it. */
export const hasValue =
  (values: Float64Array, wanted: number): ColumnTest =>
  (places, count) => {
    let kept = 0;
    for (let at = 0; at < count; at++) {
      const place = places[at] as number;
      if (((values[place] ?? 0) | 0) === (wanted | 0)) places[kept++] = place;
    }
    return kept;
  };

/** Those whose text, by its number, is answered with yes. */
export const hasText =
  (ids: Float64Array, answers: Answers): ColumnTest =>
  (places, count) => {
    let kept = 0;
    for (let at = 0; at < count; at++) {
      const place = places[at] as number;
      if (answers.of(ids[place] ?? 0) === YES) places[kept++] = place;
    }
    return kept;
  };

/** Those of which this is true. */
export const passes =
  (isIn: (place: number) => boolean): ColumnTest =>
  (places, count) => {
    let kept = 0;
    for (let at = 0; at < count; at++) {
      const place = places[at] as number;
      if (isIn(place)) places[kept++] = place;
    }
    return kept;
  };
