/**
 * What the circuits cost, from real compilations: each phase compiled on its own, and the whole.
 * The parts add up to a little more than the whole, where the compiler simplifies across phases.
 */
import { BATCH_SIZES, type BatchSize, type BatchSizeName } from "../state/ledger/sizes.ts";
import { streamLengthOf } from "../state/ledger/stream.ts";
import { type CompileOptions, compileCircuit } from "./compile.ts";
import { type KindCost, measureKinds } from "./kind-costs.ts";
import { batchCircuit, membershipCircuit, type NamedCircuit, templateCircuit } from "./mains.ts";

export interface PhaseCost {
  readonly phase: string;
  readonly constraints: number;
  /** Constraints of one op's share, for the phases that work op by op. */
  readonly perOp?: number;
}

export interface MixCost {
  /** What kind of batch. */
  readonly mix: string;
  /** How many ops of the mix fit a batch. */
  readonly ops: number;
  readonly constraintsPerOp: number;
}

export interface CircuitStats {
  readonly size: BatchSize;
  readonly phases: readonly PhaseCost[];
  /** Of the constraints of execute, per op: the same at every size. */
  readonly kinds: readonly KindCost[];
  readonly total: number;
  /** The power of two that the proving key is made for. */
  readonly domainLog2: number;
  readonly mixes: readonly MixCost[];
  readonly membership: number;
}

export interface GadgetCost {
  readonly gadget: string;
  readonly constraints: number;
}

type Compilation = Omit<CompileOptions, "name" | "source">;

/** Groth16 needs a row for each public signal, and one for the constant, besides the constraints. */
const PUBLIC_ROWS = 4;

/** Cells that every batch holds: operator and treasury. */
const RESERVED_CELLS = 2;

const constraintsOf = async (circuit: NamedCircuit, how: Compilation): Promise<number> =>
  (await compileCircuit({ ...how, ...circuit })).constraints;

/** Compiles every phase, and the whole if `total` is not known. Minutes at the larger sizes, unless cached. */
export async function measureCircuit(size: BatchSize, how: Compilation): Promise<CircuitStats> {
  const { levels, maxOps: N, maxCells: K } = size;
  const phase = (file: string, instance: string) => constraintsOf(templateCircuit(file, instance), how);
  const unpack = await phase("unpack.circom", `Unpack(${levels}, ${N})`);
  const unpackOp = await phase("unpack.circom", "UnpackOp()");
  const authorize = await phase("authorize.circom", "Authorize()");
  const ids = await phase("open.circom", `RowIds(${levels}, ${K})`);
  const open = await phase("open.circom", `Open(${levels}, ${K})`);
  const execute = await phase("execute.circom", `Execute(${levels}, ${K})`);
  const close = await phase("close.circom", `Close(${levels}, ${K})`);
  const bind = await phase("bind.circom", `Bind(${streamLengthOf(size)})`);
  const total = await constraintsOf(batchCircuit(size), how);
  return {
    size,
    phases: [
      { phase: "unpack", constraints: unpack, perOp: unpackOp },
      { phase: "authorize", constraints: N * authorize, perOp: authorize },
      { phase: "open", constraints: ids + open },
      { phase: "execute", constraints: N * execute, perOp: execute },
      { phase: "close", constraints: close },
      { phase: "bind", constraints: bind },
    ],
    kinds: await measureKinds(how),
    total,
    domainLog2: Math.ceil(Math.log2(total + PUBLIC_ROWS)),
    mixes: mixesOf(size, total),
    membership: await constraintsOf(membershipCircuit(size), how),
  };
}

/** The hot mix fills the batch; among strangers, the cells run out first. */
function mixesOf({ maxOps, maxCells }: BatchSize, total: number): MixCost[] {
  const strangers = (cellsPerOp: number) =>
    Math.min(maxOps, Math.floor((maxCells - RESERVED_CELLS) / cellsPerOp));
  const mix = (name: string, ops: number): MixCost => ({
    mix: name,
    ops,
    constraintsPerOp: Math.ceil(total / ops),
  });
  return [
    mix("hot: whole task lives and transfers between the same parties", maxOps),
    mix("strangers: every transfer between two new accounts", strangers(2)),
    mix("worst: every op on four new cells (a task with its own verifier and model)", strangers(4)),
  ];
}

const GADGETS: readonly (readonly [name: string, file: string, instance: (size: BatchSize) => string])[] = [
  ["Poseidon, 2 inputs", "circomlib/circuits/poseidon.circom", () => "Poseidon(2)"],
  ["Poseidon, 4 inputs", "circomlib/circuits/poseidon.circom", () => "Poseidon(4)"],
  ["Poseidon, 8 inputs", "circomlib/circuits/poseidon.circom", () => "Poseidon(8)"],
  ["Poseidon, 11 inputs", "circomlib/circuits/poseidon.circom", () => "Poseidon(11)"],
  ["Poseidon, 16 inputs", "circomlib/circuits/poseidon.circom", () => "Poseidon(16)"],
  ["EdDSA verifier", "circomlib/circuits/eddsaposeidon.circom", () => "EdDSAPoseidonVerifier()"],
  ["key check", "keys.circom", () => "IsValidKey()"],
  ["leaf", "cells.circom", () => "Leaf()"],
  ["split f0", "cells.circom", () => "SplitHead()"],
  ["split terms", "cells.circom", () => "SplitTerms()"],
  ["split money", "cells.circom", () => "SplitMoney()"],
  ["climb, one level", "tree.circom", () => "Climb(1)"],
  ["climb again, one level", "tree.circom", () => "Reclimb(1)"],
  ["select a row", "slots.circom", ({ maxCells }) => `SelectRow(${maxCells})`],
  ["read a field", "slots.circom", ({ maxCells }) => `ReadField(${maxCells}, 0)`],
  ["rules of all kinds", "execute.circom", () => "Rules()"],
  ["settleTask's rule", "ops/settle-task.circom", () => "SettleTask()"],
  ["updateModel's rule", "ops/update-model.circom", () => "UpdateModel()"],
  ["drawTask's rule", "ops/draw-task.circom", () => "DrawTask()"],
  ["expireTask's rule", "ops/expire-task.circom", () => "ExpireTask()"],
  ["postTask's rule", "ops/post-task.circom", () => "PostTask()"],
  ["a task's payout", "payout.circom", () => "PayOut()"],
  ["a cut", "payout.circom", () => "Cut()"],
];

/** The parts of the phases, each compiled on its own. */
export async function measureGadgets(size: BatchSize, how: Compilation): Promise<GadgetCost[]> {
  const costs: GadgetCost[] = [];
  for (const [gadget, file, instance] of GADGETS) {
    const constraints = await constraintsOf(templateCircuit(file, instance(size)), how);
    costs.push({ gadget, constraints });
  }
  return costs;
}

const row = (label: string, ...columns: readonly (number | string)[]): string =>
  `  ${label.padEnd(78)}${columns.map((column) => column.toLocaleString("en").padStart(12)).join("")}`;

export function formatStats(name: string, stats: CircuitStats, gadgets: readonly GadgetCost[] = []): string {
  const { levels, maxOps, maxCells } = stats.size;
  const capacity = 2 ** stats.domainLog2;
  return [
    `${name}: ${levels} levels, ${maxOps} ops, ${maxCells} cells`,
    row("phase", "constraints", "per op"),
    ...stats.phases.map(({ phase, constraints, perOp }) => row(phase, constraints, perOp ?? "")),
    row("kind (what an op slot pays for having it)", "constraints"),
    ...stats.kinds.map(({ kind, constraints }) => row(kind, constraints)),
    row(
      `whole (of 2^${stats.domainLog2}, ${((100 * stats.total) / capacity).toFixed(1)} % used)`,
      stats.total,
    ),
    row("membership circuit", stats.membership),
    row("mix", "ops fit", "per op"),
    ...stats.mixes.map(({ mix, ops, constraintsPerOp }) => row(mix, ops, constraintsPerOp)),
    ...(gadgets.length === 0 ? [] : [row("gadget", "constraints")]),
    ...gadgets.map(({ gadget, constraints }) => row(gadget, constraints)),
  ].join("\n");
}

export const isBatchSizeName = (name: string): name is BatchSizeName => Object.hasOwn(BATCH_SIZES, name);
