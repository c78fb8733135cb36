import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "../../../sequencer/config.ts";

const remote = {
  NEURA_HOME_RPC_URL: "http://127.0.0.1:1",
  NEURA_OPERATOR_KEY: `0x${"11".repeat(32)}`,
  NEURA_LEDGER_SEED: "22".repeat(32),
};

describe("the configuration", () => {
  it("is a local network of the local size unless something else is said", () => {
    expect(readConfig([], {})).toMatchObject({
      dataDirectory: resolve(".neura"),
      artifactsDirectory: resolve(".neura/artifacts"),
      host: "127.0.0.1",
      port: 8545,
      size: "local",
      prover: { backend: "snarkjs" },
      proverThreads: 1,
      weiPerHomeGwei: 10n ** 9n,
      stateHistoryBlocks: 100_000,
      reset: false,
      network: { kind: "local", firstChainPort: 8546 },
    });
  });

  it("comes from the environment, and from the command line before it", () => {
    const env = { NEURA_PORT: "1000", NEURA_SIZE: "test", NEURA_CHAIN_PORT: "2000", NEURA_DATA_DIR: "/data" };
    const config = readConfig(["--port", "1001", "--artifacts-dir", "/cache"], env);
    expect(config).toMatchObject({
      port: 1001,
      size: "test",
      dataDirectory: "/data",
      artifactsDirectory: "/cache",
      network: { firstChainPort: 2000 },
    });
  });

  it.each([
    ["0", 0n],
    ["1", 1_000_000_000n],
    ["30000", 30_000_000_000_000n],
    ["0.25", 250_000_000n],
    ["1.000000001", 1_000_000_001n],
  ])("takes a data price rate of %s for %s wei a gwei", (rate, wei) => {
    expect(readConfig(["--data-price-rate", rate], {}).weiPerHomeGwei).toBe(wei);
    expect(readConfig([], { NEURA_DATA_PRICE_RATE: rate }).weiPerHomeGwei).toBe(wei);
  });

  it("takes an empty variable for one that is not set", () => {
    expect(readConfig([], { NEURA_PORT: "", NEURA_DATA_DIR: "", NEURA_HOME_RPC_URL: "" })).toEqual(
      readConfig([], {}),
    );
  });

  it("keeps the states of as many blocks as it is told, or of all", () => {
    expect(readConfig(["--state-history", "128"], {}).stateHistoryBlocks).toBe(128);
    expect(readConfig(["--state-history", "all"], { NEURA_STATE_HISTORY: "500" }).stateHistoryBlocks).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(readConfig([], { NEURA_STATE_HISTORY: "500" }).stateHistoryBlocks).toBe(500);
  });

  it("keeps the artifacts in the data directory", () => {
    expect(readConfig(["--data-dir", "/data"], {}).artifactsDirectory).toBe("/data/artifacts");
  });

  it.each([
    [["--size", "huge"], {}, /--size is one of test, local, production, got huge/],
    [["--port", "http"], {}, /--port must be a whole number from 0 to 65535, got http/],
    [["--port", "65536"], {}, /--port/],
    [["--port", "80.5"], {}, /--port/],
    [["--chain-port", "65534"], {}, /--chain-port must be a whole number from 1 to 65533/],
    [["--prover-threads", "0"], {}, /--prover-threads must be a whole number from 1 to 256/],
    [["--data-price-rate", "-1"], {}, /--data-price-rate/],
    [["--data-price-rate", "1e3"], {}, /--data-price-rate is a number with at most 9 digits/],
    [[], { NEURA_DATA_PRICE_RATE: "0.1234567891" }, /got 0.1234567891/],
    [["--state-history", "127"], {}, /--state-history must be "all", or it must be a whole number from 128/],
    [["--state-history", "some"], {}, /--state-history must be "all"/],
    [["--prover", "magic"], {}, /--prover is snarkjs or rapidsnark=PATH, got magic/],
    [["--prover", "rapidsnark="], {}, /--prover is/],
    [["--unknown"], {}, /usage: npm start/],
    [["stray"], {}, /usage: npm start/],
    [["--reset"], remote, /--reset is for local networks only/],
    [[], { ...remote, NEURA_OPERATOR_KEY: "" }, /NEURA_OPERATOR_KEY is not set; see .env.example/],
    [[], { ...remote, NEURA_OPERATOR_KEY: "0x12" }, /NEURA_OPERATOR_KEY must be a private key of 32 bytes/],
    [[], { ...remote, NEURA_LEDGER_SEED: "2233" }, /NEURA_LEDGER_SEED must be at least 32 bytes/],
    [
      [],
      { ...remote, NEURA_LEDGER_SEED: `${"22".repeat(32)}zz` },
      /NEURA_LEDGER_SEED must be at least 32 bytes/,
    ],
  ])("is refused with what to do about it: %j", (args, env, message) => {
    expect(() => readConfig(args, env)).toThrow(message);
    expect(() => readConfig(args, env)).toThrow(ConfigError);
  });
});
