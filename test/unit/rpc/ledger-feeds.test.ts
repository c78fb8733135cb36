import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SignedOp } from "../../../state/ledger/operation.ts";
import { ask } from "./json-rpc.ts";
import { type SequencerNode, startSequencerNode } from "./sequencer-node.ts";
import { SocketClient } from "./socket-client.ts";

let node: SequencerNode;
let client: SocketClient;
let alice: number;
let bob: number;

beforeEach(async () => {
  node = await startSequencerNode();
  alice = await node.sequencer.fund("alice", 10_000_000n);
  bob = await node.sequencer.fund("bob", 10_000_000n);
  client = await SocketClient.open(node.url);
});
afterEach(async () => {
  await client.close();
  await node.close();
});

const hex = (value: bigint | number) => `0x${value.toString(16)}`;
const transfer = (sender: number, object: number, amountUnits: bigint): SignedOp =>
  node.sequencer.scenario().signed(sender, { kind: "transfer", object, amountUnits });
const isNotification = ({ method }: { method?: string }) => method === "neura_subscription";
const nextResult = async () => (await client.next(isNotification)).params.result;

describe("neura_subscribe", () => {
  it("tells of every operation of a block once it is on the disk", async () => {
    await client.ask("neura_subscribe", "ops");
    const id = await node.sequencer.operations.submit(transfer(alice, bob, 5n));
    expect(client.rest).toEqual([]);
    await node.sequencer.buildAll();
    const told = await nextResult();
    expect(told).toMatchObject({ id, kind: "transfer", sender: hex(alice), valid: true, level: "sequenced" });
    expect(told).toEqual((await ask(node.url, "neura_getOperation", id)).result);
  });

  it("tells of the operations of one sender or kind only, when asked so", async () => {
    await client.ask("neura_subscribe", "ops", { sender: hex(bob) });
    await client.ask("neura_subscribe", "ops", { kind: "postTask" });
    await node.sequencer.operations.submit(transfer(alice, bob, 5n));
    await node.sequencer.operations.submit(transfer(bob, alice, 6n));
    await node.sequencer.buildAll();
    expect((await nextResult()).sender).toBe(hex(bob));
    await client.ask("eth_chainId");
    expect(client.rest).toEqual([]);
  });

  it("tells of batches as they close", async () => {
    await client.ask("neura_subscribe", "batches");
    await node.sequencer.operations.submit(transfer(alice, bob, 5n));
    await node.sequencer.buildAll({ closing: true });
    const batch = await nextResult();
    expect(batch).toMatchObject({ number: "0x1", level: "sequenced" });
    expect(batch).toEqual((await ask(node.url, "neura_getBatch", "0x1")).result);
  });

  it("refuses unknown feeds and wrong filters", async () => {
    expect((await client.ask("neura_subscribe", "newHeads")).error).toMatchObject({ code: -32601 });
    expect((await client.ask("neura_subscribe", "ops", { sender: 5 })).error).toMatchObject({ code: -32602 });
    expect((await client.ask("neura_subscribe", "ops", { kind: "gift" })).error).toMatchObject({
      code: -32602,
    });
    expect((await client.ask("neura_subscribe", "tasks", 7)).error).toMatchObject({ code: -32602 });
    expect((await ask(node.url, "neura_subscribe", "ops")).error?.message).toBe(
      "notifications not supported",
    );
  });
});
