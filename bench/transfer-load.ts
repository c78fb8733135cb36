import {
  type Address,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  keccak256,
  toHex,
} from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { nrxTokenAbi } from "../contracts/abi.ts";

/** Signed transactions of the contract-lane bench. Chain id and nonces are the same on every node, so every node gets the same bytes. */
export interface TransferLoad {
  /** Needs native money for gas: the senders, and the deployer of the token. */
  readonly payers: readonly Address[];
  readonly token: Address;
  /** Deploys the token and gives each sender some; in this order. */
  readonly setup: readonly Hex[];
  readonly plain: readonly Hex[];
  readonly tokens: readonly Hex[];
  /** Plain transfers again, half as many: what goes on while calls are timed. */
  readonly background: readonly Hex[];
  readonly senders: readonly Address[];
  readonly recipients: readonly Address[];
  /** Transfers of each kind that one sender sends, each of 1 wei to its own recipient. */
  readonly perSender: number;
  /** The same of the background. */
  readonly backgroundPerSender: number;
}

export const SENDERS = 100;
const PLAIN_GAS = 21_000n;
const TOKEN_GAS = 60_000n;
const DEPLOY_GAS = 3_000_000n;
/** Above any base fee that full blocks reach during a run. */
const MAX_FEE_PER_GAS_WEI = 100_000_000_000n;
const TOKENS_PER_SENDER_WEI = 10n ** 18n;

const accountOf = (name: string): PrivateKeyAccount =>
  privateKeyToAccount(keccak256(toHex(`NeuraChain bench: ${name}`)));

interface Call {
  readonly to?: Address;
  readonly value?: bigint;
  readonly data?: Hex;
  readonly gas: bigint;
}

/** Signs `perSender` plain and as many token transfers of each of `SENDERS` accounts. */
export async function signTransfers(
  chainId: number,
  perSender: number,
  tokenBytecode: Hex,
): Promise<TransferLoad> {
  const sign = (from: PrivateKeyAccount, nonce: number, call: Call): Promise<Hex> =>
    from.signTransaction({
      type: "eip1559",
      chainId,
      nonce,
      maxFeePerGas: MAX_FEE_PER_GAS_WEI,
      maxPriorityFeePerGas: 0n,
      ...call,
    });
  const deployer = accountOf("deployer");
  const senders = Array.from({ length: SENDERS }, (_, i) => accountOf(`sender ${i}`));
  const recipients = senders.map((_, i) => accountOf(`recipient ${i}`).address);
  const token = getContractAddress({ from: deployer.address, nonce: 0n });
  const transferOf = (to: Address, amountWei: bigint): Call => ({
    to: token,
    data: encodeFunctionData({ abi: nrxTokenAbi, functionName: "transfer", args: [to, amountWei] }),
    gas: TOKEN_GAS,
  });
  const creation = encodeDeployData({ abi: nrxTokenAbi, bytecode: tokenBytecode, args: [deployer.address] });
  const setup = [await sign(deployer, 0, { data: creation, gas: DEPLOY_GAS })];
  for (const [i, { address }] of senders.entries()) {
    setup.push(await sign(deployer, i + 1, transferOf(address, TOKENS_PER_SENDER_WEI)));
  }
  // By nonce, then by sender: two transactions of one sender are never under way together.
  const each = async (
    firstNonce: number,
    count: number,
    callOf: (recipient: Address) => Call,
  ): Promise<Hex[]> => {
    const signed: Hex[] = [];
    for (let nonce = firstNonce; nonce < firstNonce + count; nonce++) {
      for (const [i, sender] of senders.entries()) {
        signed.push(await sign(sender, nonce, callOf(recipients[i] as Address)));
      }
    }
    return signed;
  };
  const backgroundPerSender = Math.ceil(perSender / 2);
  const plain = (to: Address): Call => ({ to, value: 1n, gas: PLAIN_GAS });
  return {
    payers: [deployer.address, ...senders.map(({ address }) => address)],
    token,
    setup,
    plain: await each(0, perSender, plain),
    tokens: await each(perSender, perSender, (to) => transferOf(to, 1n)),
    background: await each(2 * perSender, backgroundPerSender, plain),
    senders: senders.map(({ address }) => address),
    recipients,
    perSender,
    backgroundPerSender,
  };
}
