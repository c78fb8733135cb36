import {
  type Address,
  encodeAbiParameters,
  encodeEventTopics,
  numberToHex,
  type RpcLog,
  zeroHash,
} from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ledgerParameters } from "../../../bridge/deployment.ts";
import { L1Reader } from "../../../bridge/l1-reader.ts";
import { findHome, findMirror, ledgerCreatedAbi } from "../../../bridge/ledger-finder.ts";
import { Ledger } from "../../../state/ledger/ledger.ts";
import { BATCH_SIZES } from "../../../state/ledger/sizes.ts";
import { domainOf } from "../../../state/ledger/stream.ts";
import { genesisAccounts } from "../../support/ledger-scenario.ts";
import { FakeRpc } from "./fake-rpc.ts";

const chainId = 31337;
const size = BATCH_SIZES.test;
const accounts = genesisAccounts();
const genesisRoot = Ledger.genesis(size, accounts).root();
const HOME: Address = "0x00000000000000000000000000000000000000A1";
const OTHER: Address = "0x00000000000000000000000000000000000000A2";
const homeDomain = domainOf(BigInt(chainId), BigInt(HOME));

let rpc: FakeRpc;
let domains: Map<string, bigint>;

beforeEach(async () => {
  rpc = await FakeRpc.start();
  domains = new Map();
  rpc.answers.set("eth_call", ([call]) => {
    const domain = domains.get((call as { to: string }).to.toLowerCase());
    return domain === undefined ? "0x" : numberToHex(domain, { size: 32 });
  });
});
afterEach(() => rpc.stop());

function create(address: Address, domain: bigint, root = genesisRoot): void {
  const { levels, maxOps, maxCells, reservedAccounts } = ledgerParameters(size, accounts, root);
  const inputs = ledgerCreatedAbi[0].inputs;
  const values = [root, BigInt(levels), BigInt(maxOps), BigInt(maxCells), reservedAccounts] as never;
  const log: RpcLog = {
    address,
    topics: encodeEventTopics({ abi: ledgerCreatedAbi, eventName: "LedgerCreated" }) as RpcLog["topics"],
    data: encodeAbiParameters(inputs, values),
    blockNumber: "0x7",
    blockHash: zeroHash,
    transactionHash: zeroHash,
    transactionIndex: "0x0",
    logIndex: numberToHex(rpc.logs.length),
    removed: false,
  };
  rpc.logs.push(log);
  domains.set(address.toLowerCase(), domain);
}

const reader = () =>
  new L1Reader({ endpoint: { chain: "home", rpcUrl: rpc.url, chainId }, sleep: async () => {} });
const range = { fromBlock: 0, toBlock: 100 };

describe("finding a ledger", () => {
  it("takes the one contract whose domain is its own, with its size and accounts", async () => {
    create(HOME, homeDomain);
    create(OTHER, 12345n);
    expect(await findHome(reader(), range)).toMatchObject({
      address: HOME,
      firstBlock: 7,
      genesisRoot,
      size,
      accounts,
    });
  });

  it("asks which one is meant when there are several", async () => {
    create(HOME, homeDomain);
    create(OTHER, domainOf(BigInt(chainId), BigInt(OTHER)));
    await expect(findHome(reader(), range)).rejects.toMatchObject({
      code: "SEVERAL_LEDGERS",
      message: expect.stringMatching(/--contract.*00A1.*00A2/s),
    });
  });

  it("does not take a contract that only emits the event", async () => {
    create(HOME, 1n);
    domains.delete(HOME.toLowerCase());
    await expect(findHome(reader(), range)).rejects.toMatchObject({ code: "LEDGER_NOT_FOUND" });
  });

  it("says so when nothing is at the address that was given", async () => {
    create(HOME, homeDomain);
    const wrong = { ...range, address: OTHER };
    rpc.logs = [];
    await expect(findHome(reader(), wrong)).rejects.toMatchObject({
      code: "LEDGER_NOT_FOUND",
      address: OTHER,
    });
  });

  it("refuses a genesis root that does not follow from the accounts", async () => {
    create(HOME, homeDomain, genesisRoot + 1n);
    await expect(findHome(reader(), range)).rejects.toMatchObject({ code: "WRONG_GENESIS" });
  });

  it("finds a mirror by home's domain, and does not take home for one", async () => {
    create(HOME, homeDomain);
    await expect(findMirror(reader(), homeDomain, range)).rejects.toMatchObject({ code: "LEDGER_NOT_FOUND" });
    create(OTHER, homeDomain);
    expect((await findMirror(reader(), homeDomain, range)).address).toBe(OTHER);
  });
});
