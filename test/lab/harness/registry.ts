import { stringify } from "yaml";
import { eventually } from "./eventually.ts";
import type { LabHost } from "./host.ts";
import { answers, freePort } from "./port.ts";

/** A running image registry without TLS, which Docker takes on 127.0.0.0/8. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT`, the first part of its images' names. */
  readonly address: string;
}

/** Starts Debian's docker-registry on a free port of 127.0.0.1; its images go with the host. */
export async function startRegistry(host: LabHost): Promise<Registry> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  host.write(
    "/etc/registry-lab.yml",
    stringify({
      version: 0.1,
      storage: { filesystem: { rootdirectory: "/var/lib/docker-registry" } },
      http: { addr: address },
    }),
  );
  const registry = host.start(["docker-registry", "serve", "/etc/registry-lab.yml"]);
  await eventually("the registry to listen", () => {
    if (registry.exit() !== null) throw new Error(registry.output());
    return answers({ port });
  });
  return { address, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}
