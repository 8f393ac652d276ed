import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { DockwardenError } from "../model/fault.ts";
import type { PageFiles } from "./html.ts";

const DASHBOARD = join(import.meta.dirname, "../../dashboards");
const run = promisify(execFile);

/** One file that browsers fetch. */
export interface Asset {
  readonly type: string;
  readonly body: string;
}

/** The page's files, under addresses that name their content, so that browsers may keep them for ever. */
export interface Assets {
  /** Style and icon: all that the login needs. */
  files(): Promise<PageFiles>;
  /** The dashboard's script. @throws DockwardenError DW_HTTP_BUNDLE */
  script(): Promise<string>;
  /** By the last part of its address; null where there is none such. */
  find(name: string): Promise<Asset | null>;
}

/**
 * Bundles the dashboard. esbuild runs once as a program of its own: 50 ms and nothing that stays in our memory, where
 * its JavaScript interface costs the daemon 13 MB and 150 ms.
 * @throws DockwardenError DW_HTTP_BUNDLE
 */
async function bundle(entry: string): Promise<string> {
  try {
    const esbuild = createRequire(import.meta.url).resolve(
      `@esbuild/${process.platform}-${process.arch}/bin/esbuild`,
    );
    const { stdout } = await run(
      esbuild,
      [
        entry,
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--legal-comments=none",
        "--jsx=automatic",
        "--jsx-import-source=preact",
      ],
      { cwd: DASHBOARD, maxBuffer: 4 * 1024 * 1024, timeout: 30_000 },
    );
    return stdout;
  } catch (cause) {
    throw new DockwardenError("DW_HTTP_BUNDLE", `the page could not be built from ${entry}; run 'npm ci'`, {
      cause,
    });
  }
}

/** Remembers what `make` gives, but not that it failed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}

/** Opens the page's files; each is made at the first call that needs it, and again if that failed. */
export function openAssets(): Assets {
  const assets = new Map<string, Asset>();
  const add = (stem: string, extension: string, type: string, body: string): string => {
    const hash = createHash("sha256").update(body).digest("base64url").slice(0, 12);
    const name = `${stem}-${hash}.${extension}`;
    assets.set(name, { type, body });
    return `/assets/${name}`;
  };
  const files = once(async () => {
    const [style, icon] = await Promise.all([
      readFile(join(DASHBOARD, "page.css"), "utf8"),
      readFile(join(DASHBOARD, "icon.svg"), "utf8"),
    ]);
    return {
      style: add("page", "css", "text/css; charset=utf-8", style),
      icon: add("icon", "svg", "image/svg+xml", icon),
    };
  });
  const script = once(async () =>
    add("page", "js", "text/javascript; charset=utf-8", await bundle(join(DASHBOARD, "page.tsx"))),
  );

  return {
    files,
    script,
    async find(name) {
      // A browser may ask for what it saw before a restart.
      if (!assets.has(name)) await (name.endsWith(".js") ? script() : files());
      return assets.get(name) ?? null;
    },
  };
}
