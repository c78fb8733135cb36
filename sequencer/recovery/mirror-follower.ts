import { type Address, getContract } from "viem";
import type { L1Reader } from "../../bridge/l1-reader.ts";
import { findMirror } from "../../bridge/ledger-finder.ts";
import { neuraMirrorAbi } from "../../contracts/abi.ts";
import type { HomeState } from "./home-state.ts";

/** Where a mirror stands, beside home. */
export interface MirrorState {
  readonly chainId: number;
  readonly address: Address;
  /** Its number in withdraw operations, from 1. */
  readonly number: number;
  /** Newest batch that it has accepted. */
  readonly newestBatch: number;
  readonly root: bigint;
  /** Whether home has the same root after that batch; undefined if home has not read so far. */
  readonly isHomesRoot: boolean | undefined;
  /** Whether it names the home contract that was read. */
  readonly isOfThisHome: boolean;
}

/** Finds the mirror's contract and compares it with home. Throws what findMirror throws, and L1RequestError. */
export async function readMirror(
  reader: L1Reader,
  home: HomeState,
  options: {
    readonly contract?: Address | undefined;
    readonly toBlock: number;
    readonly onProgress?: (what: string, done: number, total: number) => void;
  },
): Promise<MirrorState> {
  const { contract, toBlock, onProgress } = options;
  const onBlock = (block: number, last: number) => onProgress?.("looking for the contract", block, last);
  const address = contract ?? (await search(reader, home, toBlock, onBlock));
  return reader.ask(`reading mirror ${address}`, async (client) => {
    const { read } = getContract({ address, abi: neuraMirrorAbi, client });
    const at = { blockNumber: BigInt(toBlock) };
    const [latest, number, domain] = await Promise.all([
      read.latest(at),
      read.mirrorNumber(at),
      read.domain(at),
    ]);
    const root = await read.rootOf([latest.number], at);
    const homesRoot = home.roots[Number(latest.number)];
    return {
      chainId: reader.endpoint.chainId,
      address,
      number,
      newestBatch: Number(latest.number),
      root,
      isHomesRoot: homesRoot === undefined ? undefined : homesRoot === root,
      isOfThisHome: domain === home.created.domain,
    };
  });
}

async function search(
  reader: L1Reader,
  home: HomeState,
  toBlock: number,
  onProgress: (block: number, last: number) => void,
): Promise<Address> {
  const { address } = await findMirror(reader, home.created.domain, { fromBlock: 0, toBlock, onProgress });
  return address;
}
