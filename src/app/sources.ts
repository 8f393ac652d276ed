import type { Settings } from "../model/settings.ts";
import type { Clock, Source } from "../ports/source.ts";
import { openAuditSource } from "../sources/audit.ts";
import { openDockerSource } from "../sources/docker.ts";
import { openSshdSource } from "../sources/sshd.ts";

/** Everything that the daemon follows. A new source is one file in `sources/` and one line here. */
export function openSources({ sources }: Settings, clock: Clock): readonly Source[] {
  return [
    openAuditSource(sources.audit.path, clock),
    openSshdSource(sources.sshd, clock),
    openDockerSource({ endpoint: sources.docker, clock }),
  ];
}
