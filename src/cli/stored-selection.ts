import type { AuditSelection } from "../ports/audit-reads.ts";
import { typeNumber } from "../query/log-stamp.ts";
import { recordTypeNumber } from "../records/audit/record-type.ts";
import type { Selectors } from "../reports/ausearch/selectors.ts";

/** What holds of every event that can match by time, serial and type: the store finds these without reading lines. */
export function narrowed({ startSec, endSec, serial, types }: Selectors): AuditSelection {
  const isType = (name: string): boolean =>
    types?.includes(typeNumber(name)) === true || types?.includes(recordTypeNumber(name) ?? -1) === true;
  return {
    ...(startSec === 0 ? {} : { sinceMs: startSec * 1000 }),
    ...(endSec === 0 ? {} : { untilMs: (endSec + 1) * 1000 }),
    ...(serial === 0xffffffff ? {} : { numbers: { serial: [serial] } }),
    // The tool takes a type that it does not know for -1.
    ...(types === null || types.includes(-1)
      ? {}
      : { texts: { kind: (kind: string) => kind.split(" ").some(isType) } }),
  };
}
