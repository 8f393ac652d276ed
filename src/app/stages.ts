import { openAlerter } from "../alerts/alerter.ts";
import { channelTraits } from "../deliveries/channels/index.ts";
import { openAssembler } from "../events/audit/assembler.ts";
import { openDockerReader } from "../events/docker/index.ts";
import { openSshdReader } from "../events/sshd/reader.ts";
import { openDetector, type Ruleset } from "../findings/index.ts";
import { epochMs } from "../model/ids.ts";
import type { Settings } from "../model/settings.ts";
import type { Alerter, Detector } from "../ports/stages.ts";
import type { PipelineStore } from "../ports/store.ts";
import { openAttributor } from "../sessions/attributor.ts";
import { openPipeline, type Pipeline } from "./pipeline.ts";
import { runningPrograms } from "./running-programs.ts";

/** The pipeline with all its stages, where the last commit left them. */
export interface Stages {
  readonly pipeline: Pipeline;
  readonly detector: Detector;
  readonly alerter: Alerter;
}

/**
 * The one place that knows every stage: each is opened with its rows as last committed.
 * @param isLive this process is on the host whose logs are read, so that its own acts can be among them.
 */
export function openStages(
  store: PipelineStore,
  ruleset: Ruleset,
  settings: Pick<Settings, "routes" | "channels">,
  nowMs: number,
  isLive: boolean,
): Stages {
  const assembler = openAssembler({ startOffset: store.pendingAudit().offset });
  const attributor = openAttributor({
    state: store.stateOf("sessions"),
    ...(isLive ? { ownPid: process.pid } : {}),
  });
  const detector = openDetector({
    ruleset,
    state: store.stateOf("findings"),
    self: isLive ? { exe: process.execPath, pid: process.pid, startedMs: nowMs } : null,
    ...(isLive ? { processes: runningPrograms() } : {}),
    stopwatch: () => performance.now(),
  });
  const alerter = openAlerter({
    routes: settings.routes,
    channels: channelTraits(settings.channels),
    silences: store.silences(epochMs(nowMs)),
    state: store.stateOf("alerts"),
  });
  const pipeline = openPipeline({
    store,
    assembler,
    docker: openDockerReader(),
    sshd: openSshdReader(),
    attributor,
    detector,
    alerter,
  });
  return { pipeline, detector, alerter };
}
