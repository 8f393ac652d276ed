const FIRST_LENGTH = 4096;

/** Answers about small whole numbers, such as those of texts: each is asked for once, and looked up from then on. */
export class Answers {
  #known = new Uint8Array(FIRST_LENGTH);
  readonly #ask: (number: number) => number;

  /** @param ask its answers are from 1 to 255. */
  constructor(ask: (number: number) => number) {
    this.#ask = ask;
  }

  of(number: number): number {
    return this.#known[number] || this.#learn(number);
  }

  #learn(number: number): number {
    if (number >= this.#known.length) {
      const larger = new Uint8Array(Math.max(number + 1, this.#known.length * 2));
      larger.set(this.#known);
      this.#known = larger;
    }
    const answer = this.#ask(number);
    this.#known[number] = answer;
    return answer;
  }
}

export const NO = 1;
export const YES = 2;

/** Answers of yes and no. */
export const yesOrNo = (ask: (number: number) => boolean): Answers =>
  new Answers((number) => (ask(number) ? YES : NO));
