import type { Address, Hex } from "viem";
import {
  CELL_TAG,
  type Cell,
  EMPTY_CELL,
  encodeAccount,
  encodeModel,
  MODEL_STATUS,
  TASK_FLAG_SILENCE_ACCEPTS,
  TASK_HEAD,
  TASK_KIND,
  TASK_MONEY,
  TASK_PHASE,
  TASK_TERMS,
} from "../state/ledger/cells.ts";
import { type PrivateKey, type PublicKey, sign } from "../state/ledger/eddsa.ts";
import {
  HOME_CHAIN,
  MODEL_PARAM,
  type OpParts,
  opWords,
  type SignedOp,
  WITHDRAWAL_PARAM,
} from "../state/ledger/operation.ts";
import { pack } from "../state/ledger/packing.ts";
import { messageOf } from "../state/ledger/transition.ts";
import type { NeuraClient } from "./client.ts";
import { SdkError } from "./errors.ts";
import { toAddress, toWord } from "./hex.ts";
import type { AccountState, ModelState, TaskState } from "./types.ts";

/** A task as the caller examined it, or its id: then it is signed as the node shows it now. */
export type TaskReference = TaskState | number;

export type TaskKind = keyof typeof TASK_KIND;
export type ModelStatus = keyof typeof MODEL_STATUS;

/** What the author of an operation decides. */
export type OperationRequest =
  | {
      readonly kind: "transfer";
      readonly to: number;
      readonly amountUnits: bigint;
      /** To the gateway account: the recipient in the contract lane. */
      readonly memo?: Address;
      /** Refuses to sign if the recipient is another account than this L1 address's. */
      readonly toL1Address?: Address;
    }
  | {
      readonly kind: "openAccount";
      readonly l1Address: Address;
      readonly publicKey: PublicKey;
      readonly amountUnits: bigint;
    }
  | {
      readonly kind: "withdraw";
      readonly recipient: Address;
      readonly amountUnits: bigint;
      /** Number of a mirror, from 1, in the order of neura_chainInfo. Home, if left out. */
      readonly mirror?: number;
    }
  | {
      readonly kind: "registerModel";
      readonly manifest: bigint;
      readonly priceUnits: bigint;
      readonly shareBasisPoints: bigint;
    }
  | {
      readonly kind: "postTask";
      readonly taskKind: TaskKind;
      readonly input: bigint;
      readonly verifier: number;
      /** 0 for a task without a model. */
      readonly model: number;
      readonly rewardUnits: bigint;
      readonly verifierFeeUnits: bigint;
      readonly bondUnits: bigint;
      readonly deadlineSeconds: bigint;
      readonly windowSeconds: bigint;
      readonly silenceAccepts: boolean;
      readonly verifierL1Address?: Address;
    }
  | { readonly kind: "claimTask"; readonly task: TaskReference }
  | { readonly kind: "submitResult"; readonly task: TaskReference; readonly result: bigint }
  | { readonly kind: "settleTask"; readonly task: TaskReference; readonly accept: boolean }
  | {
      readonly kind: "updateModel";
      readonly model: number;
      readonly status: ModelStatus;
      /** What the owner sets anew. The governor leaves it out: it changes the status only. */
      readonly terms?: {
        readonly manifest: bigint;
        readonly priceUnits: bigint;
        readonly shareBasisPoints: bigint;
      };
    }
  | { readonly kind: "claimRevenue"; readonly model: number }
  /** A voucher: signed by the task's requester with nonce 0, sent by anyone. */
  | {
      readonly kind: "drawTask";
      readonly task: TaskReference;
      /** What the worker may have drawn in all, this voucher included. */
      readonly totalUnits: bigint;
      /** Merkle root of the receipts of what was done for it. */
      readonly receipts: bigint;
    }
  | { readonly kind: "expireTask"; readonly task: TaskReference };

type RequestOf<Kind extends OperationRequest["kind"]> = Extract<OperationRequest, { kind: Kind }>;

/** Something that the author should know and that does not make the operation invalid. */
export interface OperationWarning {
  readonly code: "window-below-forced-inclusion";
  readonly message: string;
  readonly windowSeconds: bigint;
  readonly forcedInclusionSeconds: bigint;
}

/** A signed operation with the id under which the node keeps it. */
export interface SignedOperation extends SignedOp {
  readonly id: Hex;
  readonly kind: OperationRequest["kind"];
  readonly warnings: readonly OperationWarning[];
}

/** The terms that are signed with every operation. */
export interface AuthorizationTerms {
  readonly nonce: bigint;
  readonly maxFeeUnits: bigint;
  /** Last second at which the operation may execute. */
  readonly validUntil: bigint;
}

export interface OperationSigner {
  /** Id of the sender's account. */
  readonly id: number;
  readonly l1Address: Address;
  readonly publicKey: PublicKey;
  readonly privateKey: PrivateKey;
}

/** An operation waits at most so long for the operator before its author can force it in through the home chain (DESIGN, section 6). */
export const FORCED_INCLUSION_SECONDS = 24n * 3600n;

/** An operation's parts, and the cells whose identities its message contains. */
interface Plan {
  readonly parts: OpParts;
  readonly cells: readonly (readonly [id: number, cell: Cell])[];
  readonly warnings?: readonly OperationWarning[];
}

const accountCell = (account: AccountState): Cell =>
  encodeAccount({
    nonce: account.nonce,
    balance: account.balanceUnits,
    l1Address: BigInt(account.l1Address),
    pubX: account.pubX,
    pubY: account.pubY,
  });

const modelCell = (model: ModelState): Cell =>
  encodeModel({
    status: model.status,
    share: model.share,
    owner: BigInt(model.owner),
    price: model.priceUnits,
    serial: model.serial,
    revenue: model.revenueUnits,
    manifest: model.manifest,
  });

function taskCell(task: TaskState): Cell {
  const head = pack(TASK_HEAD, {
    tag: CELL_TAG.task,
    phase: task.phase,
    worker: BigInt(task.worker),
    submittedAt: task.submittedAt,
    drawn: task.drawnUnits,
  });
  return [head, task.terms, task.money, task.content];
}

async function accountOf(client: NeuraClient, id: number, role: string, l1Address?: Address) {
  const account = await client.getAccount(id);
  if (account === null)
    throw new SdkError("unknown-account", `cell ${id}, named as ${role}, is not an account`);
  const actual = toAddress(BigInt(account.l1Address));
  const expected = l1Address === undefined ? actual : toAddress(BigInt(l1Address));
  if (actual !== expected) {
    throw new SdkError("changed-identity", `account ${id}, named as ${role}, is another's`, expected, actual);
  }
  return [id, accountCell(account)] as const;
}

async function modelOf(client: NeuraClient, id: number) {
  const model = await client.getModel(id);
  if (model === null) throw new SdkError("unknown-model", `cell ${id} is not a model`);
  return [id, modelCell(model)] as const;
}

async function taskOf(client: NeuraClient, reference: TaskReference): Promise<TaskState> {
  if (typeof reference !== "number") return reference;
  const task = await client.getTask(reference);
  if (task === null) throw new SdkError("unknown-task", `cell ${reference} is not a task`);
  return task;
}

const namedTask = (task: TaskState) => [task.id, taskCell(task)] as const;

async function planPostTask(client: NeuraClient, request: RequestOf<"postTask">): Promise<Plan> {
  const [verifier, model] = await Promise.all([
    accountOf(client, request.verifier, "verifier", request.verifierL1Address),
    request.model === 0 ? undefined : modelOf(client, request.model),
  ]);
  const w1 = pack(TASK_TERMS, {
    verifier: BigInt(request.verifier),
    model: BigInt(request.model),
    kind: TASK_KIND[request.taskKind],
    flags: request.silenceAccepts ? TASK_FLAG_SILENCE_ACCEPTS : 0n,
    deadline: request.deadlineSeconds,
    window: request.windowSeconds,
  });
  const w2 = pack(TASK_MONEY, {
    reward: request.rewardUnits,
    bond: request.bondUnits,
    verifierFee: request.verifierFeeUnits,
  });
  return {
    parts: { kind: "postTask", w1, w2, w3: request.input },
    cells: model === undefined ? [verifier] : [verifier, model],
    warnings: windowWarnings(request.windowSeconds),
  };
}

function windowWarnings(windowSeconds: bigint): OperationWarning[] {
  if (windowSeconds >= FORCED_INCLUSION_SECONDS) return [];
  const message =
    `the verifier has ${windowSeconds} s, less than the ${FORCED_INCLUSION_SECONDS} s after which an operation can be forced in ` +
    "through the home chain: whether the verdict arrives in time is up to the operator";
  return [
    {
      code: "window-below-forced-inclusion",
      message,
      windowSeconds,
      forcedInclusionSeconds: FORCED_INCLUSION_SECONDS,
    },
  ];
}

async function planSettleTask(client: NeuraClient, request: RequestOf<"settleTask">): Promise<Plan> {
  const task = await taskOf(client, request.task);
  // The ledger pays the worker or the requester: the verdict is signed for that account.
  const payee = request.accept
    ? accountOf(client, task.worker, "worker")
    : accountOf(client, task.requester, "requester");
  const model = request.accept && task.model !== 0 ? modelOf(client, task.model) : undefined;
  const cells = [namedTask(task), await payee];
  const paid = await model;
  return {
    parts: { kind: "settleTask", object: task.id, param: request.accept ? 1n : 0n, w3: task.content },
    cells: paid === undefined ? cells : [...cells, paid],
  };
}

/** The cells of a payout for a task's work: the worker and, if the task has one, the model. */
async function payeesOf(client: NeuraClient, task: TaskState) {
  const worker = await accountOf(client, task.worker, "worker");
  return task.model === 0 ? [worker] : [worker, await modelOf(client, task.model)];
}

async function planDrawTask(client: NeuraClient, request: RequestOf<"drawTask">): Promise<Plan> {
  const task = await taskOf(client, request.task);
  return {
    parts: { kind: "drawTask", object: task.id, amountUnits: request.totalUnits, w3: request.receipts },
    cells: [namedTask(task), ...(await payeesOf(client, task))],
  };
}

async function planExpireTask(client: NeuraClient, request: RequestOf<"expireTask">): Promise<Plan> {
  const task = await taskOf(client, request.task);
  const paysWorker = task.phase === TASK_PHASE.submitted && task.flags === TASK_FLAG_SILENCE_ACCEPTS;
  const payees = paysWorker
    ? await payeesOf(client, task)
    : [await accountOf(client, task.requester, "requester")];
  return { parts: { kind: "expireTask", object: task.id }, cells: [namedTask(task), ...payees] };
}

async function planUpdateModel(client: NeuraClient, request: RequestOf<"updateModel">): Promise<Plan> {
  const { manifest, priceUnits, shareBasisPoints } = request.terms ?? {
    manifest: 0n,
    priceUnits: 0n,
    shareBasisPoints: 0n,
  };
  return {
    parts: {
      kind: "updateModel",
      object: request.model,
      amountUnits: priceUnits,
      param: pack(MODEL_PARAM, { share: shareBasisPoints, status: MODEL_STATUS[request.status] }),
      w3: manifest,
    },
    cells: [await modelOf(client, request.model)],
  };
}

type Planner<Kind extends OperationRequest["kind"]> = (
  client: NeuraClient,
  request: RequestOf<Kind>,
) => Promise<Plan>;

/** One entry for each executable signed kind (docs/LEDGER.md, section 3). */
const PLANNERS: { readonly [Kind in OperationRequest["kind"]]: Planner<Kind> } = {
  transfer: async (client, { to, amountUnits, memo, toL1Address }) => ({
    parts: { kind: "transfer", object: to, amountUnits, w1: BigInt(memo ?? 0) },
    cells: [await accountOf(client, to, "recipient", toL1Address)],
  }),
  openAccount: async (_client, { l1Address, publicKey, amountUnits }) => ({
    parts: { kind: "openAccount", amountUnits, w1: BigInt(l1Address), w2: publicKey.x, w3: publicKey.y },
    cells: [],
  }),
  withdraw: async (_client, { recipient, amountUnits, mirror = HOME_CHAIN }) => ({
    parts: {
      kind: "withdraw",
      amountUnits,
      param: pack(WITHDRAWAL_PARAM, { chain: BigInt(mirror) }),
      w1: BigInt(recipient),
    },
    cells: [],
  }),
  registerModel: async (_client, { manifest, priceUnits, shareBasisPoints }) => ({
    parts: {
      kind: "registerModel",
      amountUnits: priceUnits,
      param: pack(MODEL_PARAM, { share: shareBasisPoints }),
      w3: manifest,
    },
    cells: [],
  }),
  postTask: planPostTask,
  claimTask: async (client, request) => {
    const task = await taskOf(client, request.task);
    return { parts: { kind: "claimTask", object: task.id }, cells: [namedTask(task)] };
  },
  submitResult: async (client, request) => {
    const task = await taskOf(client, request.task);
    return {
      parts: { kind: "submitResult", object: task.id, w3: request.result },
      cells: [namedTask(task)],
    };
  },
  settleTask: planSettleTask,
  updateModel: planUpdateModel,
  claimRevenue: async (client, { model }) => ({
    parts: { kind: "claimRevenue", object: model },
    cells: [await modelOf(client, model)],
  }),
  drawTask: planDrawTask,
  expireTask: planExpireTask,
};

/**
 * Builds and signs an operation. The identities of the cells that it names come from the node; a wrong one makes the signature
 * useless, it does not redirect it. Throws an SdkError if a named cell is not what the operation needs, and a RangeError that names
 * the part which is out of range.
 */
export async function buildOperation(
  client: NeuraClient,
  signer: OperationSigner,
  request: OperationRequest,
  terms: AuthorizationTerms,
): Promise<SignedOperation> {
  const { domain, levels } = await client.chainInfo();
  const plan = PLANNERS[request.kind] as Planner<OperationRequest["kind"]>;
  const { parts, cells, warnings = [] } = await plan(client, request);
  const words = opWords({ ...parts, sender: signer.id });
  const sender = encodeAccount({
    nonce: terms.nonce,
    balance: 0n,
    l1Address: BigInt(signer.l1Address),
    pubX: signer.publicKey.x,
    pubY: signer.publicKey.y,
  });
  const named = new Map<number, Cell>([...cells, [signer.id, sender]]);
  const message = messageOf(words, terms, {
    domain,
    capacity: 8 ** levels,
    read: (id) => named.get(id) ?? EMPTY_CELL,
  });
  const signature = sign(signer.privateKey, message);
  return {
    id: toWord(message),
    kind: request.kind,
    words,
    authorization: { ...terms, signature },
    warnings,
  };
}
