import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";

const defaultPath = "/usr/bin/chromium";
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** There is no browser to test with. */
export class ChromiumMissingError extends Error {
  readonly code = "CHROMIUM_MISSING";
  constructor(readonly path: string) {
    super(
      `no executable browser at ${path}: install Debian's package chromium, or name another Chromium by the variable CHROMIUM`,
    );
  }
}

export interface Chromium {
  readonly context: BrowserContext;
  readonly close: () => Promise<void>;
}

/** A browser with an empty profile, which goes when it is closed. Throws `ChromiumMissingError`. */
export async function startChromium(executablePath = process.env.CHROMIUM ?? defaultPath): Promise<Chromium> {
  try {
    accessSync(executablePath, constants.X_OK);
  } catch {
    throw new ChromiumMissingError(executablePath);
  }
  const profile = await mkdtemp(join(tmpdir(), "neura-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: flags,
  });
  return {
    context,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

export interface PageServer {
  readonly origin: string;
  readonly close: () => Promise<void>;
}

/** Serves one page with one script, from an origin of its own. */
export async function servePage(script: string): Promise<PageServer> {
  const html = '<!doctype html><title>Application</title><script type="module" src="/page.js"></script>';
  const files: Readonly<Record<string, readonly [string, string]>> = {
    "/": ["text/html", html],
    "/page.js": ["text/javascript", script],
  };
  const server = createServer((request, response) => {
    const [type, body] = files[request.url ?? "/"] ?? ["text/plain", ""];
    response.writeHead(body === "" ? 404 : 200, { "content-type": `${type}; charset=utf-8` }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
