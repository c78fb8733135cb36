/** Imports point one way (docs/ARCHITECTURE.md): sequencer → rpc, prover, bridge → state; siblings never import each other. */
const only = (name, from, to) => ({
  name,
  severity: "error",
  from: { path: from },
  to: { path: "^(bench|bridge|circuits|compute|contracts|prover|rpc|sdk|sequencer|state|test)/", pathNot: to },
});

/** A heavy dependency has one file that imports it. */
const oneImporter = (dependency, file) => ({
  name: `only-${file}-imports-${dependency}`,
  severity: "error",
  from: { path: "^(bench|bridge|circuits|compute|contracts|prover|rpc|sdk|sequencer|state)/", pathNot: `^${file}$` },
  to: { path: `node_modules/${dependency}/` },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "no-tests-in-production", severity: "error", from: { pathNot: "^test/" }, to: { path: "^test/" } },
    only("ledger-is-pure", "^state/ledger/", "^state/ledger/"),
    only("state-imports-nothing-above", "^state/", "^state/"),
    only("circuits-import-sizes-only", "^circuits/", "^(circuits|state/ledger)/"),
    only("contracts-import-nothing", "^contracts/", "^contracts/"),
    only("prover-direction", "^prover/", "^(prover|circuits|state)/"),
    only("rpc-direction", "^rpc/", "^(rpc|state)/"),
    only("bridge-direction", "^bridge/", "^(bridge|contracts|state)/"),
    only("sdk-imports-the-pure-ledger-only", "^sdk/", "^(sdk|state/ledger)/"),
    only("compute-uses-the-sdk-only", "^compute/", "^(compute|sdk)/"),
    {
      name: "the-ledger-needs-no-machine",
      severity: "error",
      from: { path: "^state/ledger/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "the-sdk-runs-in-browsers",
      severity: "error",
      from: { path: "^sdk/", pathNot: "^sdk/browser/" },
      to: { dependencyTypes: ["core"] },
    },
    oneImporter("@ethereumjs/vm", "state/evm/executor.ts"),
    oneImporter("@ethereumjs/mpt", "state/evm/state-audit.ts"),
    oneImporter("level", "state/database.ts"),
    oneImporter("snarkjs", "prover/snarkjs.ts"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
