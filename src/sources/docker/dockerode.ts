import Module, { createRequire } from "node:module";
import type Docker from "dockerode";

const require = createRequire(import.meta.url);

/**
 * dockerode without its build sessions. Those are a writing call that we never make, and the gRPC and protobuf that they
 * load cost a daemon 15 MB for as long as it lives.
 */
export function loadDockerode(): typeof Docker {
  const unused = require.resolve("dockerode/lib/session");
  if (require.cache[unused] === undefined) {
    const empty = new Module(unused);
    empty.filename = unused;
    empty.loaded = true;
    require.cache[unused] = empty;
  }
  return require("dockerode") as typeof Docker;
}
