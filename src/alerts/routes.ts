import type { Alert } from "../model/alert.ts";
import { compareLevels } from "../model/finding.ts";
import type { RouteSettings } from "../model/settings.ts";
import { matches } from "./matchers.ts";

/** The channels that an alert goes to, each once, in the order of the routes. */
export function channelsOf(routes: readonly RouteSettings[], alert: Alert): readonly string[] {
  const fitting = routes.filter(
    (route) => compareLevels(alert.level, route.minLevel) >= 0 && matches(route.match, alert),
  );
  return [...new Set(fitting.flatMap(({ channels }) => channels))];
}
