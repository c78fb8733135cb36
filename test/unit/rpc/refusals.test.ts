import { hexToBigInt, keccak256, numberToHex, toRlp } from "viem";
import { sign } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hex } from "../../../state/evm/types.ts";
import { account, chainId, credit, gwei, lower, oneNrxWei } from "../evm/lane-fixture.ts";
import { ask, result } from "./json-rpc.ts";
import { type LaneNode, startLaneNode } from "./lane-node.ts";

const alice = account(1);
const poor = account(5);
const to = lower(account(2).address);
const key = (index: number): Hex => `0x${(index + 1).toString(16).padStart(64, "0")}`;

let node: LaneNode;
beforeAll(async () => {
  node = await startLaneNode();
  await node.mine(credit([lower(alice.address), 10n * oneNrxWei]));
});
afterAll(() => node.close());

type Fields = Partial<Parameters<typeof alice.signTransaction>[0]>;
const signed = (fields: Fields, from = alice): Promise<Hex> =>
  from.signTransaction({
    type: "eip1559",
    chainId,
    nonce: 0,
    to,
    gas: 21_000n,
    maxFeePerGas: 3n * gwei,
    maxPriorityFeePerGas: 0n,
    ...fields,
  } as Parameters<typeof alice.signTransaction>[0]);

/** Signed without a chain id, as before EIP-155. */
async function unprotected(): Promise<Hex> {
  const fields: Hex[] = ["0x", numberToHex(3n * gwei), "0x5208", to, "0x", "0x"];
  const { r, s, v } = await sign({ hash: keccak256(toRlp(fields)), privateKey: key(1) });
  const number = (value: Hex) => numberToHex(hexToBigInt(value));
  return toRlp([...fields, numberToHex(v ?? 27n), number(r), number(s)]);
}

const send = async (raw: Hex) => (await ask(node.url, "eth_sendRawTransaction", raw)).error;

describe("eth_sendRawTransaction refuses with geth's texts", () => {
  it("what is no transaction of a known type", async () => {
    expect(await send("0x")).toEqual({ code: -32000, message: "typed transaction too short" });
    expect(await send("0x7fc0")).toEqual({ code: -32000, message: "transaction type not supported: 127" });
    expect((await send("0x03c0"))?.message).toMatch(/^transaction type not supported/);
    expect((await send("0xc0"))?.message).toMatch(/^rlp: /);
    expect((await send("0x02"))?.message).toMatch(/^rlp: /);
    expect((await send(`0x${"11".repeat(140_000)}`))?.message).toMatch(
      /^oversized data: transaction size 140000, limit 131072/,
    );
  });

  it("signatures of other chains and of none", async () => {
    expect((await send(await signed({ chainId: 1 })))?.message).toMatch(
      /^invalid chain id for signer: have 1 want 424242/,
    );
    expect(
      (
        await send(
          await signed({
            type: "legacy",
            chainId: 1,
            gasPrice: 3n * gwei,
            maxFeePerGas: undefined,
            maxPriorityFeePerGas: undefined,
          } as Fields),
        )
      )?.message,
    ).toMatch(/^invalid chain id for signer/);
    expect((await send(await unprotected()))?.message).toBe(
      "only replay-protected (EIP-155) transactions allowed over RPC",
    );
  });

  it("gas, fees and code outside of the rules", async () => {
    const texts: [Fields, RegExp][] = [
      [{ gas: 20_999n }, /^intrinsic gas too low: gas 20999, minimum needed 21000$/],
      [
        { gas: 22_000n, data: `0x${"11".repeat(50)}` },
        /^insufficient gas for floor data gas cost: gas 22000, minimum needed 29000$/,
      ],
      [{ gas: 100_000_000n }, /^exceeds block gas limit/],
      [{ maxFeePerGas: 1n }, /^max fee per gas less than block base fee/],
      [
        { maxFeePerGas: gwei, maxPriorityFeePerGas: 2n * gwei },
        /^max priority fee per gas higher than max fee per gas/,
      ],
      [{ value: 11n * oneNrxWei }, /^insufficient funds for gas \* price \+ value/],
      [{ to: null, gas: 30_000_000n, data: `0x${"00".repeat(49_153)}` }, /^max initcode size exceeded/],
    ];
    for (const [fields, text] of texts) {
      // viem checks the tip itself: the transaction is made with its check in mind
      const raw = await signed(fields).catch(() => undefined);
      if (raw !== undefined)
        expect(await send(raw)).toMatchObject({ code: -32000, message: expect.stringMatching(text) });
    }
    expect((await send(await signed({}, poor)))?.message).toMatch(
      /^insufficient funds for gas \* price \+ value/,
    );
  });

  it("authorizations that are none", async () => {
    const raw = await signed({ type: "eip7702", authorizationList: [], gas: 100_000n } as Fields);
    expect((await send(raw))?.message).toBe("EIP-7702 transaction with empty auth list");
  });

  it("what is known, used up or offered for too little", async () => {
    const raw = await signed({ value: 1n });
    await result(node.url, "eth_sendRawTransaction", raw);
    expect((await send(raw))?.message).toBe("already known");
    expect((await send(await signed({ value: 2n })))?.message).toMatch(
      /^replacement transaction underpriced/,
    );
    await node.mine();
    expect((await send(await signed({ value: 3n })))?.message).toMatch(/^nonce too low/);
  });
});

describe("hex values are refused with geth's texts", () => {
  it.each([
    ["eth_getBalance", ["0x12", "latest"], "hex string has length 2, want 40 for common.Address"],
    [
      "eth_getBalance",
      ["12", "latest"],
      "json: cannot unmarshal hex string without 0x prefix into Go value of type common.Address",
    ],
    [
      "eth_getBalance",
      [5, "latest"],
      "json: cannot unmarshal non-string into Go value of type common.Address",
    ],
    ["eth_getBlockByNumber", ["0x01", false], "hex number with leading zero digits"],
    ["eth_getBlockByNumber", ["0x", false], 'hex string "0x"'],
    ["eth_getBlockByNumber", ["1", false], "hex string without 0x prefix"],
    ["eth_getBlockByNumber", ["0xffffffffffffffffff", false], "hex number > 64 bits"],
    ["eth_getBlockByNumber", ["0xffffffffffffffff", false], "block number larger than int64"],
    [
      "web3_sha3",
      ["0x123"],
      "json: cannot unmarshal hex string of odd length into Go value of type hexutil.Bytes",
    ],
    [
      "eth_call",
      ["x", "latest"],
      "json: cannot unmarshal string into Go value of type ethapi.TransactionArgs",
    ],
    [
      "eth_call",
      [{ gas: "0x01" }, "latest"],
      "json: cannot unmarshal hex number with leading zero digits into Go struct field TransactionArgs.gas of type hexutil.Uint64",
    ],
  ])("%s %j", async (method, params, text) => {
    const { error } = await ask(node.url, method, ...params);
    expect(error?.code).toBe(-32602);
    expect(error?.message).toMatch(/^invalid argument 0: /);
    expect(error?.message).toContain(text);
  });

  it("a call that contradicts itself is refused", async () => {
    const message = async (call: object) => (await ask(node.url, "eth_call", call, "latest")).error?.message;
    expect(await message({ data: "0x01", input: "0x02" })).toMatch(
      /^both "data" and "input" are set and not equal/,
    );
    expect(await message({ gasPrice: "0x1", maxFeePerGas: "0x1" })).toBe(
      "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
    );
    expect(await message({ maxFeePerGas: "0x1", maxPriorityFeePerGas: "0x2" })).toBe(
      "maxFeePerGas (1) < maxPriorityFeePerGas (2)",
    );
    expect(await message({ chainId: "0x1" })).toBe("chainId does not match node's (have=1, want=424242)");
  });
});
