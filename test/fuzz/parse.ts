/**
 * Harms audit lines and reads them, until the time is over or a law breaks:
 *
 *   npm run fuzz                                  60 seconds, a seed from the clock
 *   npm run fuzz -- --seconds 600 --seed 7        the same again
 */
import { parseArgs } from "node:util";
import { corpus, Mutator } from "./mutator.ts";
import { checkParse } from "./parse-laws.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, seed: { type: "string" } },
});
const first = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
const until = Date.now() + Number(values.seconds) * 1000;
const lines = corpus();
let seed = first;
let count = 0;
for (; Date.now() < until; seed += 1) {
  const log = new Mutator(seed, lines).log(1000);
  try {
    checkParse(log);
  } catch (error) {
    console.error(`seed ${seed}: repeat with 'npm run fuzz -- --seed ${seed} --seconds 1'`);
    throw error;
  }
  count += 1000;
}
console.log(`${count} harmed lines read, seeds ${first} to ${seed - 1}: none broke a law`);
