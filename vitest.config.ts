import { defineConfig } from "vitest/config";

const common = { environment: "node", pool: "forks" } as const;

export default defineConfig({
  test: {
    projects: [
      { test: { ...common, name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 30_000 } },
      {
        test: {
          ...common,
          name: "circuits",
          include: ["test/circuits/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...common,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
