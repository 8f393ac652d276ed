import type { Settings } from "../model/settings.ts";
import type { Clock, Source } from "../ports/source.ts";
import type { Reads } from "../ports/store.ts";
import { openAuditSource } from "../sources/audit.ts";
import { openDockerSource } from "../sources/docker.ts";
import { openSshdSource } from "../sources/sshd.ts";

/** So many of the newest containers are told to the Docker source at its start. */
const MOST_CONTAINERS = 10_000;

/** Everything that the daemon follows. A new source is one file in `sources/` and one line here. */
export function openSources(
  { sources }: Settings,
  clock: Clock,
  store: Pick<Reads, "containers">,
): readonly Source[] {
  const known = () =>
    store.containers({ limit: MOST_CONTAINERS }).filter(({ destroyedMs }) => destroyedMs === null);
  return [
    openAuditSource(sources.audit.path, clock),
    openSshdSource(sources.sshd, clock),
    openDockerSource({ endpoint: sources.docker, clock, known }),
  ];
}
