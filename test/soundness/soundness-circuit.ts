/** The marked batch circuit of a small size, as a program. */
import { compileCircuit } from "../../circuits/compile.ts";
import { batchCircuit, membershipCircuit } from "../../circuits/mains.ts";
import { TEST_CACHE } from "../support/batch-witness-check.ts";
import { FORGERY_SIZE } from "../support/forgery-world.ts";
import { STREAM_WORD } from "./catalogue.ts";
import { ConstraintProgram, type ProgramInterface } from "./constraint-program.ts";
import { markedCircuits } from "./marked-circuits.ts";
import { orderProgram } from "./program-order.ts";

const BATCH_INTERFACE: ProgramInterface = {
  inputs: [
    "commitment",
    "challenge",
    "evaluation",
    "stream",
    "authorizations",
    "rowIds",
    "cells",
    "children",
    "rootChildren",
  ],
  outputs: [
    `main.stream[${STREAM_WORD.rootAfter}]`,
    `main.stream[${STREAM_WORD.cellCountAfter}]`,
    `main.stream[${STREAM_WORD.validityBits}]`,
    "main.commitment",
    "main.evaluation",
  ],
  rows: { count: FORGERY_SIZE.maxCells, levels: FORGERY_SIZE.levels },
};

const MEMBERSHIP_INTERFACE: ProgramInterface = {
  inputs: ["root", "id", "fields", "children"],
  outputs: [],
};

/** Signals that the home contract, or whoever reads a membership, sees or has bound. */
export const BATCH_PUBLIC = /^main\.(commitment|evaluation|challenge|stream\[\d+\])$/;
/** What says that two batches are the same to the home contract: challenge and evaluation follow from it. */
export const BATCH_STATEMENT = /^main\.(commitment|stream\[\d+\])$/;
export const MEMBERSHIP_PUBLIC = /^main\.(root|id|fields\[\d\])$/;

async function programOf(
  circuit: Parameters<typeof compileCircuit>[0] | ReturnType<typeof batchCircuit>,
  interfaces: ProgramInterface,
): Promise<ConstraintProgram> {
  const { directory, statements } = markedCircuits(TEST_CACHE);
  const compiled = await compileCircuit({
    ...circuit,
    cacheDirectory: TEST_CACHE,
    circuitsDirectory: directory,
    optimization: "O0",
  });
  const program = new ConstraintProgram(compiled, statements);
  orderProgram(program, interfaces);
  return program;
}

export const batchProgram = (): Promise<ConstraintProgram> =>
  programOf(batchCircuit(FORGERY_SIZE), BATCH_INTERFACE);
export const membershipProgram = (): Promise<ConstraintProgram> =>
  programOf(membershipCircuit(FORGERY_SIZE), MEMBERSHIP_INTERFACE);
