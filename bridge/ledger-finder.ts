/** Finds a ledger's contracts on a chain by the event that every one of them emits when it is created. */
import { type Address, getAddress, parseAbi, parseEventLogs, toEventSelector } from "viem";
import { neuraRollupAbi } from "../contracts/abi.ts";
import { RESERVED_CELL } from "../state/ledger/cells.ts";
import { type GenesisAccounts, Ledger } from "../state/ledger/ledger.ts";
import { type BatchSize, MAX_OPS_PER_BATCH } from "../state/ledger/sizes.ts";
import { domainOf } from "../state/ledger/stream.ts";
import type { L1Reader, MinedLog } from "./l1-reader.ts";

export const ledgerCreatedAbi = parseAbi([
  "event LedgerCreated(uint256 genesisRoot, uint256 levels, uint256 maxOps, uint256 maxCells, uint256[12] reservedAccounts)",
]);

/** What a contract says of the ledger that it was made for. */
export interface CreatedLedger {
  readonly address: Address;
  readonly chainId: number;
  /** Block of the contract's creation. */
  readonly firstBlock: number;
  /** First word of every stream: names the home chain and the home contract. */
  readonly domain: bigint;
  readonly genesisRoot: bigint;
  readonly size: BatchSize;
  readonly accounts: GenesisAccounts;
}

export interface FindOptions {
  readonly fromBlock: number;
  readonly toBlock: number;
  /** Left out: every contract of the chain is looked at. */
  readonly address?: Address | undefined;
  readonly onProgress?: (block: number, toBlock: number) => void;
}

/** No contract of the asked kind in these blocks. */
export class LedgerNotFoundError extends Error {
  override readonly name = "LedgerNotFoundError";
  readonly code = "LEDGER_NOT_FOUND";
  constructor(
    readonly role: "home" | "mirror",
    readonly chainId: number,
    readonly blocks: string,
    readonly address: Address | undefined,
  ) {
    const who =
      address === undefined ? `no ${role} contract of a ledger` : `no ${role} contract at ${address}`;
    super(
      `chain ${chainId} has ${who} created in blocks ${blocks}; check the RPC URL, --contract and --from-block`,
    );
  }
}

/** Anyone may deploy such a contract, so which one is meant must be said. */
export class SeveralLedgersError extends Error {
  override readonly name = "SeveralLedgersError";
  readonly code = "SEVERAL_LEDGERS";
  constructor(
    readonly role: "home" | "mirror",
    readonly candidates: readonly CreatedLedger[],
  ) {
    const option = role === "home" ? "--contract ADDRESS" : "--mirror URL#ADDRESS";
    const lines = candidates.map(({ address, firstBlock }) => `  ${address}  created in block ${firstBlock}`);
    super(
      `the chain has ${candidates.length} ${role} contracts; say with ${option} which one you mean:\n${lines.join("\n")}`,
    );
  }
}

/** The contract's own statement about its genesis cannot be true. */
export class WrongGenesisError extends Error {
  override readonly name = "WrongGenesisError";
  readonly code = "WRONG_GENESIS";
  constructor(
    readonly address: Address,
    readonly what: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `contract ${address}: ${what} is ${actual}, expected ${expected}; it is no contract of this software, or the RPC lies`,
    );
  }
}

/** The one home contract. Throws {@link LedgerNotFoundError}, {@link SeveralLedgersError}, {@link WrongGenesisError}. */
export function findHome(reader: L1Reader, options: FindOptions): Promise<CreatedLedger> {
  const { chainId } = reader.endpoint;
  const isHome = ({ domain, address }: CreatedLedger) =>
    domain === domainOf(BigInt(chainId), BigInt(address));
  return findOne("home", reader, options, isHome);
}

/** The one contract of the chain that keeps the roots of the ledger with this domain. Throws what {@link findHome} throws. */
export function findMirror(
  reader: L1Reader,
  domain: bigint,
  options: Omit<FindOptions, "address">,
): Promise<CreatedLedger> {
  const chainId = BigInt(reader.endpoint.chainId);
  // Home itself has the same domain, and its chain may have mirrors too.
  const isMirror = ({ address }: CreatedLedger) => domainOf(chainId, BigInt(address)) !== domain;
  return findOne("mirror", reader, options, (created) => created.domain === domain && isMirror(created));
}

async function findOne(
  role: "home" | "mirror",
  reader: L1Reader,
  options: FindOptions,
  isMeant: (created: CreatedLedger) => boolean,
): Promise<CreatedLedger> {
  const candidates = (await createdLedgers(reader, options)).filter(isMeant);
  const [found, second] = candidates;
  if (second !== undefined) throw new SeveralLedgersError(role, candidates);
  if (found === undefined) {
    const blocks = `${options.fromBlock} to ${options.toBlock}`;
    throw new LedgerNotFoundError(role, reader.endpoint.chainId, blocks, options.address);
  }
  demandGenesis(found);
  return found;
}

async function createdLedgers(reader: L1Reader, options: FindOptions): Promise<CreatedLedger[]> {
  const { fromBlock, toBlock, address, onProgress } = options;
  const topic = toEventSelector(ledgerCreatedAbi[0]);
  const filter = address === undefined ? { topic } : { topic, address };
  const logs: MinedLog[] = [];
  for await (const page of reader.logs(filter, fromBlock, toBlock)) {
    logs.push(...page.logs);
    onProgress?.(page.toBlock, toBlock);
    // A contract is created once: with its address known, nothing more can come.
    if (address !== undefined && logs.length > 0) break;
  }
  const events = parseEventLogs({ abi: ledgerCreatedAbi, logs, strict: true });
  return Promise.all(
    events.map(async (event): Promise<CreatedLedger> => {
      const { genesisRoot, levels, maxOps, maxCells, reservedAccounts } = event.args;
      return {
        address: getAddress(event.address),
        chainId: reader.endpoint.chainId,
        firstBlock: Number(event.blockNumber),
        domain: await domainAt(reader, event.address),
        genesisRoot,
        size: { levels: Number(levels), maxOps: Number(maxOps), maxCells: Number(maxCells) },
        accounts: accountsOf(reservedAccounts),
      };
    }),
  );
}

/** 0, which is no ledger's, for a contract that only looks like one. */
async function domainAt(reader: L1Reader, address: Address): Promise<bigint> {
  try {
    return await reader.ask(`reading the domain of ${address}`, (client) =>
      client.readContract({ address, abi: neuraRollupAbi, functionName: "domain" }),
    );
  } catch (error) {
    if (reader.isRevert(error)) return 0n;
    throw error;
  }
}

/** l1Address, pubX, pubY of operator, treasury, gateway and governor. */
function accountsOf(words: readonly bigint[]): GenesisAccounts {
  const identity = (id: number) => {
    const [l1Address = 0n, pubX = 0n, pubY = 0n] = words.slice(3 * (id - 1), 3 * id);
    return { l1Address, pubX, pubY };
  };
  const { operator, treasury, gateway, governor } = RESERVED_CELL;
  return {
    operator: identity(operator),
    treasury: identity(treasury),
    gateway: identity(gateway),
    governor: identity(governor),
  };
}

const MAX_LEVELS = 8;

function demandGenesis({ address, size, genesisRoot, accounts }: CreatedLedger): void {
  const { levels, maxOps, maxCells } = size;
  if (levels < 1 || levels > MAX_LEVELS || maxOps < 1 || maxOps > MAX_OPS_PER_BATCH) {
    const actual = `${levels} levels, ${maxOps} operations, ${maxCells} cells`;
    throw new WrongGenesisError(address, "the size of its circuit", `at most ${MAX_LEVELS} levels`, actual);
  }
  const root = Ledger.genesis(size, accounts).root();
  if (root === genesisRoot) return;
  const hex = (value: bigint) => `0x${value.toString(16)}`;
  throw new WrongGenesisError(address, "the genesis root", `${hex(root)} by its accounts`, hex(genesisRoot));
}
