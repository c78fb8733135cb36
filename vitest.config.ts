import { defineConfig } from "vitest/config";

/** Two test files at a time: the machine that runs the tests for everyone has two cores. */
const common = { environment: "node", pool: "forks", maxWorkers: 2 } as const;
/** Circuits are compiled and proven, chains run: a hundred times what they take. */
const patient = { testTimeout: 600_000, hookTimeout: 600_000 } as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          testTimeout: 30_000,
          // Loading every module anew for every file would take as long as the tests.
          isolate: false,
        },
      },
      { test: { ...common, ...patient, name: "circuits", include: ["test/circuits/**/*.test.ts"] } },
      { test: { ...common, ...patient, name: "e2e", include: ["test/e2e/**/*.test.ts"] } },
    ],
  },
});
