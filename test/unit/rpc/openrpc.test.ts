import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ethMethods } from "../../../rpc/eth/methods.ts";
import { documentedMethods } from "../../../rpc/openrpc/document.ts";
import { schemas } from "../../../rpc/openrpc/schemas.ts";
import { neuraSubscriptions } from "../../../rpc/subscriptions/ledger-feeds.ts";
import { Listeners } from "../../../state/listeners.ts";
import { ask, result } from "./json-rpc.ts";
import { type LaneNode, startLaneNode } from "./lane-node.ts";
import { startSequencerNode } from "./sequencer-node.ts";

let node: LaneNode;
beforeAll(async () => {
  node = await startLaneNode();
});
afterAll(() => node.close());

/** The composition root adds it. */
const nodeMethods = ["neura_status"];
const serverMethods = ["rpc.discover", "rpc_modules"];
/** Methods of the test's node that no real one has. */
const testMethods = /^test_/;

interface Document {
  readonly openrpc: string;
  readonly methods: {
    readonly name: string;
    readonly params: { readonly name: string; readonly required: boolean }[];
  }[];
}

describe("rpc.discover", () => {
  it("describes exactly the methods that the server has", async () => {
    const document: Document = await result(node.url, "rpc.discover");
    expect(document.openrpc).toBe("1.3.2");
    const described = document.methods.map(({ name }) => name);
    for (const name of described) {
      const { error } = await ask(node.url, name, ...Array(9).fill("0x"));
      expect([name, error?.code]).not.toEqual([name, -32601]);
    }
    expect(described.filter((name) => testMethods.test(name))).toEqual([]);
  });

  it("every handler is documented, and every documented method has a handler", async () => {
    const whole = await startSequencerNode();
    const recorded = new Listeners<never>();
    const transactions = { added: new Listeners<never>() };
    const handlers = {
      ...ethMethods({ lane: {}, transactions } as unknown as Parameters<typeof ethMethods>[0]),
      ...whole.sequencer.rpc(),
      ...neuraSubscriptions({ recorded } as unknown as Parameters<typeof neuraSubscriptions>[0]),
    };
    await whole.close();
    const names = [...Object.keys(handlers), ...serverMethods, ...nodeMethods];
    expect(names.sort()).toEqual([...documentedMethods.names].sort());
  });

  it("refers to schemas that exist, and required parameters come first", () => {
    const text = JSON.stringify(documentedMethods.describe(documentedMethods.names));
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g))
      expect(schemas).toHaveProperty(name as string);
    for (const { name, params } of documentedMethods.docs.values()) {
      const order = params.map(({ isRequired }) => isRequired);
      expect([name, order]).toEqual([name, [...order].sort((a, b) => Number(b) - Number(a))]);
    }
  });

  it("lists namespaces as geth does", async () => {
    expect(await result(node.url, "rpc_modules")).toMatchObject({ eth: "1.0", debug: "1.0", txpool: "1.0" });
  });
});

/** A value that fits no schema of the kind. */
const wrongValue: Readonly<Record<string, unknown>> = {
  Boolean: "yes",
  Text: undefined,
  Anything: undefined,
  Number: undefined,
};

describe("the number and type of arguments", () => {
  const names = documentedMethods.names.filter(
    (name) => !name.startsWith("neura_") && !name.endsWith("ubscribe"),
  );

  it.each(names)("of %s are checked", async (name) => {
    const { params } = documentedMethods.docs.get(name) ?? { params: [] };
    const requiredCount = params.filter(({ isRequired }) => isRequired).length;
    const tooMany = await ask(node.url, name, ...Array(params.length + 1).fill("0x1"));
    expect(tooMany.error).toEqual({
      code: -32602,
      message: `too many arguments, want at most ${params.length}`,
    });
    if (requiredCount > 0) {
      const missing = { code: -32602, message: "missing value for required argument 0" };
      expect((await ask(node.url, name)).error).toEqual(missing);
      expect((await ask(node.url, name, null)).error).toEqual(missing);
    }
    for (const [position, { schema }] of params.entries()) {
      const kind = typeof schema === "string" ? schema : "list";
      const wrong = kind in wrongValue ? wrongValue[kind] : "no such thing";
      if (wrong === undefined) continue;
      const { error } = await ask(
        node.url,
        name,
        ...params.map((param, at) => (at === position ? wrong : fitting(param.schema))),
      );
      expect([name, position, error?.code, error?.message]).toEqual([
        name,
        position,
        -32602,
        expect.stringContaining(`invalid argument ${position}`),
      ]);
    }
  });
});

function fitting(schema: unknown): unknown {
  const values: Record<string, unknown> = {
    Address: `0x${"11".repeat(20)}`,
    Hash: `0x${"11".repeat(32)}`,
    Quantity: "0x1",
    Bytes: "0x11",
    StorageKey: "0x1",
    Boolean: true,
    BlockTag: "latest",
    BlockReference: "latest",
    Call: {},
    LogFilter: {},
    Simulation: { blockStateCalls: [{}] },
    StateOverrides: {},
    SlotsByAddress: { [`0x${"11".repeat(20)}`]: [`0x${"11".repeat(32)}`] },
    BlockOverrides: {},
    TraceConfig: {},
  };
  return typeof schema === "string" ? (values[schema] ?? "0x1") : [];
}
