export { type DockerSourceParts, openDockerSource } from "./docker/source.ts";
