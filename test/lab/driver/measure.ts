import { arrivals, play, readIncident, score } from "../../sessions/incident.ts";

/** How well the attribution does on a recorded incident: `node test/lab/driver/measure.ts DIR`. */
const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: node test/lab/driver/measure.ts DIR");
const incident = readIncident(directory);
const { total, right, by, misled, wrong } = score(incident, play(arrivals(incident)));
console.log(`${right} of ${total} right, ${misled} wrong without the truth among window's candidates`, by);
for (const line of wrong) console.log(`  ${line}`);
