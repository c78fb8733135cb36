import { setTimeout as sleep } from "node:timers/promises";
import { verify } from "../state/ledger/eddsa.ts";
import { opFields, type SignedOp } from "../state/ledger/operation.ts";
import { type BatchSize, capacityOf } from "../state/ledger/sizes.ts";
import { domainOf } from "../state/ledger/stream.ts";
import { messageOf } from "../state/ledger/transition.ts";
import { type BenchSequencer, openBenchSequencer, UNSETTLED_POLICY } from "./bench-sequencer.ts";
import { BenchProcess } from "./child-process.ts";
import { type Cleanup, withCleanup } from "./cleanup.ts";
import { ledgerDeposits } from "./deposits.ts";
import { inFlight, timed } from "./in-flight.ts";
import {
  identityReader,
  type LedgerActor,
  ledgerActors,
  type SigningContext,
  signOperation,
} from "./ledger-actor.ts";
import type { NodeAnswer, NodeTask } from "./node-process.ts";
import { RpcClient } from "./rpc-client.ts";
import type { Figure } from "./table.ts";

/** Below the mempool's limit of one sender. */
const OPERATIONS_PER_SENDER = 50;
/** Each sends one operation after the other. Few enough that a batch has cells for all of them, so that it fills up. */
const SENDERS_AT_A_TIME = 4;
const VERIFICATION_SAMPLE = 200;
const FUNDS_UNITS = 1_000_000_000_000n;
const VALID_FOR_SECONDS = 86_400n;
const POLL_MS = 20;
const SEQUENCE_TIMEOUT_MS = 300_000;
const MICROSECONDS_PER_MS = 1000;

const domain = domainOf(31_337n, 1n);

interface Workload {
  readonly actors: readonly LedgerActor[];
  readonly operations: readonly SignedOp[];
  readonly context: SigningContext;
}

/** Transfers, each sender to the actor after it, signed ahead. */
function transfers(count: number, size: BatchSize): Workload {
  const senders = Math.ceil(count / OPERATIONS_PER_SENDER);
  const actors = ledgerActors(senders + 1);
  const context = { domain, capacity: capacityOf(size), read: identityReader(actors) };
  const validUntil = BigInt(Math.floor(Date.now() / 1000)) + VALID_FOR_SECONDS;
  const operations = Array.from({ length: count }, (_, i) => {
    const sender = Math.floor(i / OPERATIONS_PER_SENDER);
    const nonce = BigInt(i % OPERATIONS_PER_SENDER);
    const recipient = (actors[sender + 1] as LedgerActor).id;
    const parts = { kind: "transfer", object: recipient, amountUnits: 1_000n } as const;
    return signOperation(actors[sender] as LedgerActor, parts, { nonce, validUntil }, context);
  });
  return { actors, operations, context };
}

/** Signed transfers through mempool and block builder, in this process and through JSON-RPC. */
export async function measureLedger(size: BatchSize, count: number, cleanup: Cleanup): Promise<Figure[]> {
  const workload = transfers(count, size);
  const direct = await withCleanup(cleanup, (inner) => measureDirect(size, workload, inner));
  const rpc = await withCleanup(cleanup, (inner) => measureRpc(size, workload, inner));
  const group = `Ledger lane, sequenced: ${count.toLocaleString("en")} signed transfers, ${size.maxOps} ops a block, each block one synced write`;
  return [
    { group, what: "mempool → block on disk", value: direct.perSecond, unit: "ops/s", note: "in process" },
    {
      group,
      what: "JSON-RPC → block on disk",
      value: rpc,
      unit: "ops/s",
      note: "node in its own process, with the batch builder, without prover",
    },
    ...direct.shares.map(([what, value]) => ({ group, what, value, unit: "µs/op" })),
  ];
}

async function measureDirect(size: BatchSize, { actors, operations, context }: Workload, cleanup: Cleanup) {
  const directory = await cleanup.directory();
  const node = await openBenchSequencer({ directory, size, domain, policy: UNSETTLED_POLICY });
  cleanup.defer(() => node.close());
  await node.queue(ledgerDeposits(actors, FUNDS_UNITS));
  await node.drain();

  const senders = bySender(operations.map((op) => [opFields(op.words).sender, op]));
  const admitMs = await timed(() =>
    inFlight(senders, SENDERS_AT_A_TIME, async (own) => {
      for (const op of own) await node.operations.submit(op);
    }),
  );
  const blocksMs = await timed(async () => {
    while (node.operations.size > 0) await node.blocks.build();
  });
  const batchesMs = await timed(async () => {
    while (await node.batches.step());
  });
  requireExecuted(node, { actors, operations, context });

  const verifyUs = verificationMicroseconds({ actors, operations, context });
  const perOp = (ms: number) => (ms * MICROSECONDS_PER_MS) / operations.length;
  const shares: [string, number][] = [
    ["of which signature verification", verifyUs],
    ["of which the rest of admission (judging, synced write)", Math.max(0, perOp(admitMs) - verifyUs)],
    ["of which building blocks (execution, synced write)", perOp(blocksMs)],
    ["later: executing again for batches and witnesses", perOp(batchesMs)],
  ];
  return { perSecond: (operations.length * 1000) / (admitMs + blocksMs), shares };
}

/** Every operation took effect: the senders' nonces say so. */
function requireExecuted(node: BenchSequencer, { actors, operations }: Workload): void {
  const executed = actors.reduce((sum, { id }) => sum + node.operations.nextNonce(id), 0n);
  if (Number(executed) === operations.length && node.operations.size === 0) return;
  throw new Error(`${executed} of ${operations.length} operations were executed; run the ledger tests`);
}

function verificationMicroseconds({ actors, operations, context }: Workload): number {
  const sample = operations.slice(0, VERIFICATION_SAMPLE).map(({ words, authorization }) => {
    const actor = actors.find(({ id }) => id === opFields(words).sender) as LedgerActor;
    return { key: actor.publicKey, message: messageOf(words, authorization, context), authorization };
  });
  const startMs = performance.now();
  const isGood = sample.every(({ key, message, authorization }) =>
    verify(key, message, authorization.signature),
  );
  if (!isGood) throw new Error("a signature of the bench does not verify; run the ledger tests");
  return ((performance.now() - startMs) * MICROSECONDS_PER_MS) / sample.length;
}

async function measureRpc(size: BatchSize, workload: Workload, cleanup: Cleanup): Promise<number> {
  const { actors, operations } = workload;
  const directory = await cleanup.directory();
  const node = new BenchProcess<NodeTask, NodeAnswer>("./node-process.ts");
  cleanup.defer(() => node.close());
  const deposits = ledgerDeposits(actors, FUNDS_UNITS);
  const { url } = await node.ask({ directory, size, domain, deposits });
  const client = new RpcClient(url, SENDERS_AT_A_TIME);
  cleanup.defer(async () => client.close());

  const requests = bySender(operations.map((op) => [opFields(op.words).sender, requestOf(op)]));
  const elapsedMs = await timed(async () => {
    await inFlight(requests, SENDERS_AT_A_TIME, async (own) => {
      for (const request of own) await client.call("neura_sendOperation", [request]);
    });
    for (const [sender, expected] of expectedNonces(operations)) await awaitNonce(client, sender, expected);
  });
  return (operations.length * 1000) / elapsedMs;
}

/** Items by their sender, both in the order of first appearance. */
function bySender<T>(items: readonly (readonly [sender: number, item: T])[]): T[][] {
  const groups = new Map<number, T[]>();
  for (const [sender, item] of items) {
    const group = groups.get(sender);
    if (group === undefined) groups.set(sender, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

function requestOf({ words, authorization }: SignedOp): Record<string, unknown> {
  const { nonce, maxFeeUnits, validUntil, signature } = authorization;
  return {
    words: words.map(hex),
    nonce: hex(nonce),
    maxFeeUnits: hex(maxFeeUnits),
    validUntil: hex(validUntil),
    signature: { r8x: hex(signature.r8x), r8y: hex(signature.r8y), s: hex(signature.s) },
  };
}

function expectedNonces(operations: readonly SignedOp[]): Map<number, bigint> {
  return new Map(
    operations.map(({ words, authorization }) => [opFields(words).sender, authorization.nonce + 1n]),
  );
}

async function awaitNonce(client: RpcClient, sender: number, expected: bigint): Promise<void> {
  const deadlineMs = performance.now() + SEQUENCE_TIMEOUT_MS;
  for (;;) {
    const account = (await client.call("neura_getAccount", [hex(sender)])) as { nonce: string };
    if (BigInt(account.nonce) === expected) return;
    if (performance.now() > deadlineMs) {
      throw new Error(`account ${sender} is at nonce ${account.nonce}, expected ${expected}`);
    }
    await sleep(POLL_MS);
  }
}
