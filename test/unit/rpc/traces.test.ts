import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hex } from "../../../state/evm/types.ts";
import { account, chainId, credit, gwei, lower, oneNrxWei } from "../evm/lane-fixture.ts";
import { ask, result } from "./json-rpc.ts";
import {
  callee,
  made,
  runData,
  sender,
  startTracedChains,
  stepNames,
  type TracedChains,
  tracee,
} from "./traced-chains.ts";

/** The same transactions on this node and on anvil: their traces must be the same too. */

const created: ReadonlySet<string> = new Set([tracee, callee, made]);

let chains: TracedChains;
beforeAll(async () => {
  chains = await startTracedChains();
}, 60_000);
afterAll(() => chains.close());

describe("traces of transactions, compared with anvil's", () => {
  it.each(stepNames)("gas and status of %s are the same", async (name) => {
    const [mine, theirs] = await chains.both("eth_getTransactionReceipt", chains.hashes[name]);
    expect([mine.gasUsed, mine.status]).toEqual([theirs.gasUsed, theirs.status]);
  });

  it.each(stepNames)("callTracer with logs: %s", async (name) => {
    const config = { tracer: "callTracer", tracerConfig: { withLog: true } };
    const [mine, theirs] = await chains.both("debug_traceTransaction", chains.hashes[name], config);
    // geth shows the transaction's gas limit at the top, anvil what is left of it at the start.
    const { input } = await result(chains.node.url, "eth_getTransactionByHash", chains.hashes[name]);
    expect(mine.input).toBe(input);
    expect(normalizedCall({ ...mine, gas: theirs.gas })).toEqual(normalizedCall(theirs));
  });

  it.each(stepNames)("struct logs: %s", async (name) => {
    const [mine, theirs] = await chains.both("debug_traceTransaction", chains.hashes[name], {
      enableMemory: true,
    });
    expect(mine.gas).toBe(theirs.gas);
    expect(mine.failed).toBe(theirs.failed);
    const steps = (trace: { structLogs: Record<string, unknown>[] }) =>
      trace.structLogs.map(({ pc, op, gas, gasCost, depth, stack }) => ({
        pc,
        op,
        gas,
        // anvil adds the gas that a creation hands on, geth does not
        gasCost: String(op).startsWith("CREATE") ? 0 : gasCost,
        depth,
        stack,
      }));
    expect(steps(mine)).toEqual(steps(theirs));
  });

  it.each(stepNames)("prestateTracer: %s", async (name) => {
    const config = { tracer: "prestateTracer" };
    const [mine, theirs] = await chains.both("debug_traceTransaction", chains.hashes[name], config);
    expect(touchedBy(mine)).toEqual(touchedBy(theirs));
  });

  it.each(stepNames)("prestateTracer in diff mode: %s", async (name) => {
    const config = { tracer: "prestateTracer", tracerConfig: { diffMode: true } };
    const [mine, theirs] = await chains.both("debug_traceTransaction", chains.hashes[name], config);
    expect(touchedBy(mine.post)).toEqual(touchedBy(theirs.post));
    expect(touchedBy(mine.pre)).toEqual(touchedBy(theirs.pre));
  });
});

describe("traces of blocks and calls", () => {
  it("a block's traces are those of its transactions, ledger operations included", async () => {
    const { node } = chains;
    const bob = account(2);
    const raw = (nonce: number, to: Hex) =>
      bob.signTransaction({
        type: "legacy",
        chainId,
        nonce,
        gas: 21_000n,
        gasPrice: gwei * 3n,
        to,
        value: 1n,
      });
    await node.mine(credit([lower(bob.address), oneNrxWei]));
    await result(node.url, "eth_sendRawTransaction", await raw(0, sender));
    await result(node.url, "eth_sendRawTransaction", await raw(1, tracee));
    await node.mine(credit([lower(bob.address), 5n]));
    const block = await result(node.url, "eth_getBlockByNumber", "latest", false);
    expect(block.transactions).toHaveLength(3);
    for (const tracer of ["callTracer", "prestateTracer", "structLogger"]) {
      const byNumber = await result(node.url, "debug_traceBlockByNumber", block.number, { tracer });
      expect(await result(node.url, "debug_traceBlockByHash", block.hash, { tracer })).toEqual(byNumber);
      const single = [];
      for (const txHash of block.transactions) {
        single.push({ txHash, result: await result(node.url, "debug_traceTransaction", txHash, { tracer }) });
      }
      expect(byNumber).toEqual(single);
    }
    const [, second] = await result(node.url, "debug_traceBlockByNumber", block.number, {
      tracer: "prestateTracer",
      tracerConfig: { diffMode: true },
    });
    // The credit of the block's ledger operations came before.
    const before = BigInt(second.result.pre[lower(bob.address)].balance);
    expect(before).toBe(oneNrxWei + 5n);
  });

  it("traces a call as anvil does", async () => {
    const call = { from: sender, to: tracee, data: runData(5n), gas: "0x7a120", value: "0x2" };
    const config = { tracer: "callTracer" };
    const [mine, theirs] = await chains.both("debug_traceCall", call, "latest", config);
    expect(normalizedCall({ ...mine, gas: theirs.gas })).toEqual(normalizedCall(theirs));
  });

  it("traces a call on a pretended state and leaves the real one alone", async () => {
    const { node } = chains;
    const call = { from: sender, to: callee, data: "0x0c55699c" };
    const slot = `0x${"0".repeat(64)}`;
    const value = `0x${"0".repeat(62)}2a`;
    const stateOverrides = { [callee]: { stateDiff: { [slot]: value } } };
    const traced = await result(node.url, "debug_traceCall", call, "latest", { stateOverrides });
    expect(traced.returnValue).toBe(value);
    expect((await result(node.url, "debug_traceCall", call, "latest", {})).returnValue).not.toBe(value);
  });

  it("shows all the memory that a call was paid for, also what nobody has written", async () => {
    // A CALL of nobody with room for 12 KiB of an answer, then MSIZE.
    const code = "0x6130005f5f5f5f5f5af15900";
    const to = `0x${"ab".repeat(20)}`;
    const config = { enableMemory: true, stateOverrides: { [to]: { code } } };
    const { structLogs } = await result(chains.node.url, "debug_traceCall", { to }, "latest", config);
    expect(structLogs.at(-1).stack.at(-1)).toBe("0x3000");
    expect(structLogs.at(-1).memory).toEqual(Array(0x3000 / 32).fill(`0x${"00".repeat(32)}`));
  });

  it("refuses what it cannot trace with geth's texts", async () => {
    const { url } = chains.node;
    const nothing = `0x${"12".repeat(32)}`;
    const refusals = [
      [await ask(url, "debug_traceTransaction", nothing), -32000, "transaction not found"],
      [await ask(url, "debug_traceBlockByNumber", "0x999999"), -32000, "block #10066329 not found"],
      [await ask(url, "debug_traceBlockByHash", nothing), -32000, `block ${nothing} not found`],
      [await ask(url, "debug_traceBlockByNumber", "earliest"), -32000, "genesis is not traceable"],
      [
        await ask(url, "debug_traceTransaction", chains.hashes.run, { tracer: "x" }),
        -32000,
        /tracer not found/,
      ],
      [await ask(url, "debug_traceTransaction", chains.hashes.run, { limit: {} }), -32602, /limit/],
      [await ask(url, "debug_traceCall", { gas: "0x1" }, "latest"), -32000, /^intrinsic gas too low/],
    ] as const;
    for (const [{ error }, code, message] of refusals) {
      expect(error).toMatchObject({
        code,
        message: typeof message === "string" ? message : expect.stringMatching(message),
      });
    }
  });
});

/** The coinbase differs between the two chains. Contracts that are created are absent before, as with geth; anvil shows them empty. */
function touchedBy(accounts: Record<string, Record<string, unknown>>) {
  const isNothing = ({ balance, nonce, code }: Record<string, unknown>) =>
    balance === "0x0" && nonce === undefined && code === undefined;
  const shared = Object.entries(accounts).filter(
    ([address, account]) => !/^0x0{40}$/.test(address) && !(created.has(address) && isNothing(account)),
  );
  return Object.fromEntries(shared);
}

interface Frame {
  readonly calls?: Frame[];
  readonly logs?: Record<string, unknown>[];
  readonly error?: string;
}

function normalizedCall({ calls = [], logs = [], ...rest }: Frame): unknown {
  return {
    ...rest,
    ...(rest.error === "CreateCollision" ? { error: "contract address collision" } : {}),
    logs: logs.map(({ address, topics, data, position }) => ({ address, topics, data, position })),
    calls: calls.map(normalizedCall),
  };
}
