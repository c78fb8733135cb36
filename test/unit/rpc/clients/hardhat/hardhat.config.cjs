/** A hardhat project on the networks that the environment names, with npm's solc: nothing is downloaded. */
const path = require("node:path");
const { subtask } = require("hardhat/config");
const { TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD } = require("hardhat/builtin-tasks/task-names");
const solc = require("solc");

const version = solc.version().split("+")[0];

subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async () => ({
  compilerPath: require.resolve("solc/soljson.js"),
  isSolcJs: true,
  version,
  longVersion: solc.version(),
}));

const { OUTPUT, NODE_URL, ANVIL_URL, KEY, CHAIN_ID } = process.env;
const network = (url) => ({ url, accounts: [KEY], chainId: Number(CHAIN_ID) });

module.exports = {
  solidity: { version, settings: { optimizer: { enabled: true, runs: 200 } } },
  networks: { node: network(NODE_URL), anvil: network(ANVIL_URL) },
  paths: {
    cache: path.join(OUTPUT, "cache"),
    artifacts: path.join(OUTPUT, "artifacts"),
  },
};
