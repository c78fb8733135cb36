import type { Address, Hex, PrivateKeyAccount } from "viem";
import { generatePrivateKey, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import {
  type ChainInfo,
  deriveLedgerKey,
  HomeChain,
  LedgerAccount,
  type NeuraClient,
  type QueuedOperation,
  WEI_PER_UNIT,
} from "../../sdk/index.ts";

/** The public mnemonic that local development chains fund; its first account deployed the token and holds the supply. */
const LOCAL_MNEMONIC = "test test test test test test test test test test test junk";
const ETHER_FOR_GAS_WEI = 10n ** 17n;

export const UNITS_PER_NRX = 1_000_000_000n;

/** Somebody with a fresh wallet, a ledger key derived from it, and a seat at the home contract. */
export interface Person {
  readonly name: string;
  readonly walletKey: Hex;
  readonly wallet: PrivateKeyAccount;
  readonly account: LedgerAccount;
  readonly home: HomeChain;
  readonly depositUnits: bigint;
}

/** Where to reach the home chain. Throws if the network is not a local one: only there is the faucet's key public. */
export function homeOptions(info: ChainInfo) {
  const rpcUrl = info.l1Rpc?.home;
  if (rpcUrl === undefined) {
    throw new Error(
      "the demo pays with the play money of local chains, and this node settles on others: run it beside `npm start`",
    );
  }
  return { name: "home", chainId: info.homeChainId, rpcUrl, contract: info.homeContract, token: info.token };
}

export async function newPerson(
  name: string,
  depositUnits: bigint,
  client: NeuraClient,
  nowSeconds: () => bigint,
): Promise<Person> {
  const info = await client.chainInfo();
  const walletKey = generatePrivateKey();
  const wallet = privateKeyToAccount(walletKey);
  const key = await deriveLedgerKey(wallet, info, { signTwice: true });
  const home = new HomeChain({ ...homeOptions(info), account: wallet });
  return {
    name,
    walletKey,
    wallet,
    account: new LedgerAccount(client, key, nowSeconds, await home.terms()),
    home,
    depositUnits,
  };
}

/** Gives everybody ether for gas and the NRX that they deposit, from the local chain's funded account. */
export async function fundOnHome(people: readonly Person[], info: ChainInfo): Promise<void> {
  const faucet = new HomeChain({ ...homeOptions(info), account: mnemonicToAccount(LOCAL_MNEMONIC) });
  await faucet.demandChain();
  await faucet.fund(
    people.map(({ wallet, depositUnits }) => ({
      wallet: wallet.address as Address,
      etherWei: ETHER_FOR_GAS_WEI,
      tokenWei: depositUnits * WEI_PER_UNIT,
    })),
  );
}

export const depositOf = ({ home, account, depositUnits }: Person): Promise<QueuedOperation> =>
  home.deposit(account.key, depositUnits);

/** 12.5 NRX as text. */
export function nrx(units: bigint): string {
  const fraction = (units % UNITS_PER_NRX).toString().padStart(9, "0").replace(/0+$/, "");
  return `${units / UNITS_PER_NRX}${fraction === "" ? "" : `.${fraction}`} NRX`;
}
