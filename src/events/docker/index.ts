export { openDockerReader } from "./reader.ts";
export { dockerLinesOf, type RecordedInspect } from "./recording.ts";
