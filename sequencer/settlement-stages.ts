import type { Logger } from "pino";
import { BatchSigner } from "../bridge/batch-signer.ts";
import { HomeContract } from "../bridge/home-contract.ts";
import { HomeGasPrice } from "../bridge/home-gas-price.ts";
import { HomeQueueContract } from "../bridge/home-queue.ts";
import { L1Sender, type L1SenderStatus } from "../bridge/l1-sender.ts";
import { L1Watcher, type L1WatcherStatus } from "../bridge/l1-watcher.ts";
import { MirrorReturnsContract } from "../bridge/mirror-returns.ts";
import { ReturnErrands } from "../bridge/return-errands.ts";
import { ReturnWatcher, type ReturnWatcherStatus } from "../bridge/return-watcher.ts";
import { SettlementContract } from "../bridge/settlement-contract.ts";
import type { StageClock } from "../bridge/stage-loop.ts";
import { VaultCheck } from "../bridge/vault-check.ts";
import type { Database } from "../state/database.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { HOME } from "../state/store/confirmation.ts";
import type { Network, NetworkMirror } from "./network.ts";
import type { StageHealth } from "./readiness.ts";

const L1_POLL_MS = 1_000;
/** Returns are rare, and nobody waits for a second more. */
const RETURN_POLL_MS = 5_000;
/** The time of a block of Ethereum's. */
const GAS_PRICE_POLL_MS = 12_000;
/** A transaction that is not in a block by then gets higher fees. */
const FEE_BUMP_AFTER_MS = 60_000;
const MAX_FEE_PER_GAS_WEI = 500_000_000_000n;
const MIN_OPERATOR_BALANCE_WEI = 50_000_000_000_000_000n;

export interface SettlementOptions {
  readonly database: Database;
  readonly network: Network;
  readonly size: BatchSize;
  /** Above 0 the price of home's gas is followed. */
  readonly weiPerHomeGwei: bigint;
  readonly clock: StageClock;
  readonly log: Logger;
  readonly onFatal: (error: Error) => void;
}

export interface SettlementStatus {
  readonly watcher: L1WatcherStatus;
  readonly senders: readonly L1SenderStatus[];
  readonly returns: readonly ReturnWatcherStatus[];
}

/** The stages that talk to chains: what comes in at home and from mirrors, and what goes out to all of them. */
export class SettlementStages {
  readonly #home: HomeContract;
  readonly #watcher: L1Watcher;
  readonly #senders: readonly L1Sender[];
  readonly #returns: readonly ReturnWatcher[];
  readonly #gasPrice: HomeGasPrice | undefined;

  constructor(options: SettlementOptions) {
    const { network } = options;
    const { home, terms } = network;
    this.#home = new HomeContract({
      chain: HOME,
      ...home,
      address: home.contract,
      mirrorCount: terms.mirrorCount,
    });
    this.#watcher = watcherOf(options, this.#home);
    this.#senders = sendersOf(options, this.#home);
    this.#returns = network.mirrors.map((mirror) => returnWatcherOf(options, mirror));
    this.#gasPrice = options.weiPerHomeGwei > 0n ? gasPriceOf(options) : undefined;
  }

  start(): void {
    for (const each of [this.#watcher, ...this.#senders, ...this.#returns]) each.start();
    this.#gasPrice?.start();
  }

  status(): SettlementStatus {
    return {
      watcher: this.#watcher.status(),
      senders: this.#senders.map((sender) => sender.status()),
      returns: this.#returns.map((returns) => returns.status()),
    };
  }

  health(): StageHealth[] {
    const { watcher, senders, returns } = this.status();
    const remote = { isRemote: true, isVital: true };
    return [
      { ...watcher, ...remote, name: "l1-watcher" },
      ...senders.map((sender) => ({
        ...sender,
        ...remote,
        name: `l1-sender ${sender.chain}`,
        isVital: sender.chain === HOME,
      })),
      ...returns.map((each) => ({ ...each, ...remote, name: `returns ${each.chain}`, isVital: false })),
      ...this.#gasPriceHealth(),
    ];
  }

  async close(): Promise<void> {
    this.#home.abort();
    const stages = [this.#watcher, ...this.#senders, ...this.#returns, this.#gasPrice];
    await Promise.all(stages.map((each) => each?.close()));
  }

  /** That home is away, the watcher tells; blocks go on with the last price. */
  #gasPriceHealth(): StageHealth[] {
    if (this.#gasPrice === undefined) return [];
    return [{ ...this.#gasPrice.status(), name: "home-gas-price", isRemote: true, isVital: false }];
  }
}

function watcherOf({ database, network, clock, log, onFatal }: SettlementOptions, home: HomeContract) {
  const { contract: address, firstBlock } = network.home;
  const runtime = { ...clock, log: log.child({ stage: "l1-watcher" }) };
  const { mirrorCount } = network.terms;
  return new L1Watcher({
    database,
    queue: new HomeQueueContract({ chain: HOME, ...network.home, address }),
    firstBlock,
    pollMs: L1_POLL_MS,
    vault: new VaultCheck({ database, mirrorCount, readVault: (block) => home.vault(block), runtime }),
    runtime,
    onFatal,
  });
}

function gasPriceOf({ database, network, clock, log, onFatal }: SettlementOptions): HomeGasPrice {
  const { home } = network;
  return new HomeGasPrice({
    database,
    chain: new SettlementContract({ chain: HOME, ...home, address: home.contract }),
    maxPriceWei: MAX_FEE_PER_GAS_WEI,
    pollMs: GAS_PRICE_POLL_MS,
    runtime: { ...clock, log: log.child({ stage: "home-gas-price" }) },
    onFatal,
  });
}

function sendersOf(options: SettlementOptions, home: HomeContract): L1Sender[] {
  const { database, network, size, clock, log, onFatal } = options;
  const shared = {
    database,
    account: network.operator,
    maxOps: size.maxOps,
    pollMs: L1_POLL_MS,
    bumpAfterMs: FEE_BUMP_AFTER_MS,
    maxFeePerGasWei: MAX_FEE_PER_GAS_WEI,
    minBalanceWei: MIN_OPERATOR_BALANCE_WEI,
    signer: new BatchSigner({
      ...network,
      database,
      account: network.operator,
      size,
      witness: home,
    }),
  };
  return [network.home, ...network.mirrors].map((chain) => {
    const isHome = chain === network.home;
    const name = isHome ? HOME : chain.name;
    const senderLog = log.child({ stage: "l1-sender", chain: name });
    const runtime = { ...clock, log: senderLog };
    const contract = new SettlementContract({ chain: name, ...chain, address: chain.contract });
    const returns = isHome ? { returns: returnErrandsOf(options, home, contract, runtime) } : {};
    return new L1Sender({
      ...shared,
      ...returns,
      chain: name,
      target: isHome ? { role: "home" } : { role: "mirror", home: HOME },
      contract,
      runtime,
      // A mirror that refuses a batch, or must not get it signed, concerns nobody else: its status says so.
      onFatal: isHome
        ? onFatal
        : (error) => senderLog.error({ err: error }, "this mirror gets no more batches"),
    });
  });
}

function returnErrandsOf(
  { database, network }: SettlementOptions,
  home: HomeContract,
  contract: SettlementContract,
  runtime: StageClock & { readonly log: Logger },
): ReturnErrands {
  return new ReturnErrands({
    database,
    home: {
      nextReturn: (mirror) => home.nextReturn(mirror),
      queueFeeWei: () => home.queueFeeWei(),
      simulate: (sender, calldata, valueWei) => contract.simulate(sender, calldata, valueWei),
    },
    operator: network.operator.address,
    mirrors: network.mirrors,
    feeStepWei: network.terms.feeStepWei,
    runtime,
  });
}

function returnWatcherOf({ database, clock, log }: SettlementOptions, mirror: NetworkMirror): ReturnWatcher {
  const ownLog = log.child({ stage: "returns", chain: mirror.name });
  return new ReturnWatcher({
    chain: mirror.name,
    database,
    contract: new MirrorReturnsContract({ chain: mirror.name, ...mirror, address: mirror.contract }),
    firstBlock: mirror.firstBlock,
    pollMs: RETURN_POLL_MS,
    runtime: { ...clock, log: ownLog },
    onFatal: (error) => ownLog.error({ err: error }, "nothing comes back from this mirror any more"),
  });
}
