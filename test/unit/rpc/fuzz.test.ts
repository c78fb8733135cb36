import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fuzz } from "../../fuzz/rpc-fuzz.ts";
import { ask } from "./json-rpc.ts";
import { type SequencerNode, startSequencerNode } from "./sequencer-node.ts";

let node: SequencerNode;
beforeAll(async () => {
  node = await startSequencerNode();
});
afterAll(() => node.close());

describe("malformed requests", () => {
  it("over HTTP and WebSocket are answered with valid responses, and the node goes on", async () => {
    const report = await fuzz({ node, seed: 20_260_727, requests: 2_400 });
    expect(report.answers).toBeGreaterThan(1_500);
    expect(report.errors).toBeGreaterThan(500);
    expect(report.answers - report.errors).toBeGreaterThan(100);
    expect((await ask(node.url, "eth_blockNumber")).result).toMatch(/^0x/);
    expect(node.internalErrors).toEqual([]);
  }, 120_000);
});
