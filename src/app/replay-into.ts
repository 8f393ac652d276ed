import { readSettings } from "../config/settings.ts";
import { metasOf } from "../findings/ruleset.ts";
import { DockwardenError } from "../model/fault.ts";
import type { Store } from "../ports/store.ts";
import { replay } from "./replay.ts";
import { loadRules } from "./rules.ts";
import { openStages } from "./stages.ts";

/**
 * Replays a recorded incident into a database with the configured rules. Alerts are raised and kept; no delivery is made.
 * @throws DockwardenError DW_RULES_REFUSED where a rule is wrong.
 */
export async function replayInto(
  store: Store,
  directory: string,
  config: string | null,
  onStep: (done: number, total: number) => void,
): Promise<{ readonly lines: number; readonly ms: number; readonly rules: number }> {
  const settings = await readSettings(config);
  const { ruleset, errors } = loadRules(settings);
  if (errors.length > 0) throw new DockwardenError("DW_RULES_REFUSED", errors.join("\n"));
  const started = performance.now();
  const { pipeline } = openStages(store, ruleset, { routes: [], channels: [] }, 0, false);
  const lines = replay(directory, (source) => store.position(source), pipeline, onStep);
  return { lines, ms: performance.now() - started, rules: metasOf(ruleset).length };
}
