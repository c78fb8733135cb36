import {
  type Abi,
  type Address,
  decodeFunctionResult,
  encodeDeployData,
  encodeFunctionData,
  type Hex,
  hexToBytes,
} from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import type { ContractArtifact } from "../../../contracts/compile.ts";
import { neuraGatewayAbi } from "../../../contracts/lane/predeploy.ts";
import { type GatewayCall, gatewayAddress } from "../../../sdk/index.ts";
import { sumOfBalances } from "../../../state/evm/supply.ts";
import type { Receipt } from "../../../state/evm/types.ts";
import { decodeAccount, RESERVED_CELL } from "../../../state/ledger/cells.ts";
import { actor, TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { account, gwei, lower, signTransfer, temporaryDirectory } from "../evm/lane-fixture.ts";
import { type SequencerOptions, TestSequencer } from "../sequencer/test-sequencer.ts";

export const WEI_PER_UNIT = 10n ** 9n;
export const FEE_UNITS = 1_000n;
export const RICH_UNITS = 10n ** 12n;
/** Receives priority fees and what refused requests and callbacks cost: the lane's default. */
export const feeRecipient: Address = `0x${"00".repeat(20)}`;

export type WorldOptions = Partial<Omit<SequencerOptions, "path" | "clock">>;

interface WorldCall {
  readonly to?: Address;
  readonly data?: Hex;
  readonly value?: bigint;
  readonly gas?: bigint;
}

/** Both lanes of a real sequencer with a rich wallet, and contracts that talk to the gateway. */
export class GatewayWorld {
  sequencer: TestSequencer;
  readonly #remove: () => Promise<void>;

  private constructor(sequencer: TestSequencer, remove: () => Promise<void>) {
    this.sequencer = sequencer;
    this.#remove = remove;
  }

  static async open(options: WorldOptions = {}): Promise<GatewayWorld> {
    const directory = await temporaryDirectory();
    const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
    const sequencer = await TestSequencer.open({
      path: directory.path,
      clock,
      feeUnits: FEE_UNITS,
      ...options,
    });
    const world = new GatewayWorld(sequencer, directory.remove);
    await world.enrich(wallet(1).address, RICH_UNITS);
    return world;
  }

  async close(): Promise<void> {
    await this.sequencer.close();
    await this.#remove();
  }

  async restart(): Promise<void> {
    this.sequencer = await this.sequencer.reopen();
  }

  /** Brings NRX from home to an address of the contract lane. */
  async enrich(recipient: Address, amountUnits: bigint): Promise<void> {
    const parts = { kind: "depositToEvm", object: 3, amountUnits, w1: BigInt(recipient) } as const;
    await this.sequencer.queue(this.sequencer.scenario().priority(parts, 1n));
    await this.sequencer.buildAll();
  }

  /** Puts a transaction into the mempool. */
  async offer(call: WorldCall, from = wallet(1)): Promise<Hex> {
    const { lane, transactions } = this.sequencer;
    const nonce = Number(await transactions.pendingNonce(lower(from.address)));
    const fields = { gas: 2_000_000n, ...call, nonce, maxFeePerGas: 4n * gwei };
    const { raw } = await signTransfer(lane, from, fields);
    return transactions.add(raw);
  }

  /** Puts a transaction into a block of its own; what it asks of the gateway waits for the next one. */
  async send(call: WorldCall, from = wallet(1)): Promise<Receipt> {
    const hash = await this.offer(call, from);
    await this.sequencer.blocks.build();
    const receipt = this.sequencer.lane.getReceipt(hash);
    if (receipt === undefined) throw new Error("the transaction is in no block");
    return receipt;
  }

  /** Sends, and executes what was asked for. Returns the id of the newest request. */
  async request(call: GatewayCall, from = wallet(1)): Promise<bigint> {
    const { status } = await this.send(call, from);
    if (status !== 1) throw new Error("the gateway refused the call");
    await this.sequencer.buildAll();
    const [requests] = await this.gateway("counters");
    return requests;
  }

  async deploy(artifact: ContractArtifact, args: readonly unknown[] = [], value = 0n): Promise<Address> {
    const data = encodeDeployData({ abi: artifact.abi, bytecode: artifact.bytecode, args });
    const { status, contractAddress } = await this.send({ data, value });
    if (status !== 1 || contractAddress === null) throw new Error("the deployment failed");
    return contractAddress;
  }

  /** Calls a function of a contract in a block of its own. */
  async invoke(
    to: Address,
    { abi }: ContractArtifact,
    functionName: string,
    args: readonly unknown[],
    { from = wallet(1), ...call }: { value?: bigint; gas?: bigint; from?: PrivateKeyAccount } = {},
  ): Promise<Receipt> {
    return this.send({ to, ...call, data: encodeFunctionData({ abi, functionName, args }) }, from);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the result's type depends on the function's name.
  async read(to: Address, abi: Abi, functionName: string, args: readonly unknown[] = []): Promise<any> {
    const data = encodeFunctionData({ abi, functionName, args });
    const returned = await this.sequencer.lane.call({ to, data: hexToBytes(data) });
    return decodeFunctionResult({ abi, functionName, data: `0x${Buffer.from(returned).toString("hex")}` });
  }

  // biome-ignore lint/suspicious/noExplicitAny: the result's type depends on the function's name.
  async gateway(functionName: string, ...args: readonly unknown[]): Promise<any> {
    return this.read(gatewayAddress, neuraGatewayAbi as unknown as Abi, functionName, args);
  }

  balance(address: Address): Promise<bigint> {
    return this.sequencer.lane.getBalance(lower(address));
  }

  /** What the ledger holds for the contract lane. */
  get gatewayUnits(): bigint {
    return decodeAccount(this.sequencer.ledger.cell(RESERVED_CELL.gateway)).balance;
  }

  /** Sum of all balances, counted over the whole state. */
  supplyWei(): bigint {
    const { database, lane } = this.sequencer;
    const counting = sumOfBalances(database, hexToBytes(lane.head.stateRoot), 1_000);
    for (;;) {
      const { done, value } = counting.next();
      if (done === true) return value.supplyWei;
    }
  }
}

export const wallet = (index: number): PrivateKeyAccount => account(index);

/** A ledger account as the gateway wants it named. */
export function named(id: number, name: string) {
  const { l1Address, publicKey } = actor(name);
  const hex: Address = `0x${l1Address.toString(16).padStart(40, "0")}`;
  return { id, l1Address: hex, pubX: publicKey.x, pubY: publicKey.y };
}
