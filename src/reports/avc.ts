import { hasType } from "../query/log-event.ts";
import { AVC, type AvcFields, type SearchFields } from "../query/search-fields.ts";
import { heading, type Report } from "./report.ts";
import { orNull } from "./words.ts";

const TYPE = { userAvc: 1107, avc: 1400 };
const RESULTS = ["unset", "denied", "granted"];

/** The decisions of an event; where it has labels alone, the last of them, which the real tool's cursor is left at. */
function decisions({ avc }: SearchFields): readonly AvcFields[] {
  const found = (avc ?? []).filter(({ result }) => result !== AVC.unset);
  return found.length > 0 ? found : (avc ?? []).slice(-1);
}

/** `-a`: decisions of SELinux. */
export const avcReport: Report = {
  options: ["-a", "--avc"],
  wanted: { comm: true, subject: true, object: true },
  title: heading("AVC Report", "# date time comm subj syscall class permission obj result event", 63),
  summaryTitle: heading("Avc Object Summary Report", "total  obj", 33),
  concerns: (event) => hasType(event, TYPE.avc) || hasType(event, TYPE.userAvc),
  lines: ({ event, fields, words }) =>
    decisions(fields).map(
      ({ scontext, tcontext, permission, class: name, result }) =>
        `${words.orUnknown(fields.comm)} ${orNull(scontext)} ${words.call(fields)} ${orNull(name)} ` +
        `${orNull(permission)} ${orNull(tcontext)} ${RESULTS[result]} ${event.serial}\n`,
    ),
  count({ fields }, tally) {
    for (const { result, tcontext } of fields.avc ?? [])
      if (result !== AVC.unset && tcontext !== null) tally.add(tcontext);
  },
  total: (text) => text,
};
