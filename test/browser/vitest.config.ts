import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Apart from the other projects: it needs a browser on the machine. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    name: "browser",
    environment: "node",
    pool: "forks",
    include: ["test/browser/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
