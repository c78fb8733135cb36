import type { Hex, PublicClient } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { neuraRollupAbi } from "../contracts/abi.ts";
import { ConfigError } from "./config.ts";
import type { Progress } from "./progress.ts";
import {
  addressOf,
  CHAIN_OPTIONS,
  CHAIN_USAGE,
  type ChainChoice,
  type ChainOptions,
  type ConnectedChain,
  chainOptions,
  connect,
  type Environment,
  keyOf,
  parse,
  runCommand,
  wholeNumber,
} from "./recovery/command.ts";
import { describeHoldings, describeOptions, describePayments } from "./recovery/escape-report.ts";
import { claimWithdrawals, type Payment, releaseMirrors, runEscape } from "./recovery/escape-run.ts";
import { describeForced, type ForcedWithdrawal, forceWithdraw } from "./recovery/force-withdraw.ts";
import { type Claimant, type Holdings, holdingsOf } from "./recovery/holdings.ts";
import { HomeFollower } from "./recovery/home-follower.ts";
import type { HomeViews } from "./recovery/home-views.ts";
import { L1Wallet } from "./recovery/l1-wallet.ts";
import { MembershipProver } from "./recovery/membership-prover.ts";
import { claimOnMirror } from "./recovery/mirror-claims.ts";
import { readMirror } from "./recovery/mirror-follower.ts";
import { ARTIFACTS_USAGE, artifactsDirectory, type KeyChoice } from "./recovery/proving.ts";
import { toJson } from "./recovery/rebuild-report.ts";
import { type Standing, standingOf } from "./recovery/standing.ts";

/** `npm run escape`: takes what is one's own out of the ledger, with nothing but the chains. */

const USAGE = `usage: npm run escape -- --rpc URL (--account ID | --address 0x… | --everyone) [options]

Says what an account or an address has in the ledger, what can be done, and does it: claims withdrawals at any time, and takes
everything out of a frozen ledger with membership proofs. What was done already is skipped: run it again after an interruption.
Exit code 0: done, or told; 1: not possible, or not yet; 2: wrong use.

  --account ID          one account of the ledger
  --address ADDRESS     all accounts of an L1 address; of the key's address if none of the three is given
  --everyone            everything that everyone has; payments go to their owners, whoever sends them
${CHAIN_USAGE}
  --mirror URL[#ADDRESS]  JSON-RPC of a mirror's chain, to claim withdrawals there; may be repeated
  --key KEY             private key that pays for the transactions; without it nothing is sent  (NEURA_KEY)
  --dry-run             send nothing
  --freeze              end the ledger first, if an entry has been overdue for long enough
  --force-withdraw NRX  queue a withdrawal that the operator must include; "all" for the whole balance. Needs the account's own key
  --membership-zkey FILE  proving key of the membership circuit; local chains need none
${ARTIFACTS_USAGE}
  --help                this text`;

const OPTIONS = {
  ...CHAIN_OPTIONS,
  account: { type: "string" },
  address: { type: "string" },
  everyone: { type: "boolean" },
  key: { type: "string" },
  "dry-run": { type: "boolean" },
  freeze: { type: "boolean" },
  "force-withdraw": { type: "string" },
  "membership-zkey": { type: "string" },
  "artifacts-dir": { type: "string" },
} as const;

type Values = ReturnType<typeof parseValues>;
const parseValues = (args: readonly string[]) => parse(args, OPTIONS, USAGE);

/** What all steps of the command work with. */
interface Session {
  readonly values: Values;
  readonly options: ChainOptions;
  readonly chain: ConnectedChain;
  readonly home: HomeFollower;
  readonly views: HomeViews;
  readonly standing: Standing;
  readonly holdings: Holdings;
  /** Undefined if nothing may be sent. */
  readonly wallet: L1Wallet | undefined;
  readonly key: Hex | undefined;
  readonly zkey: KeyChoice;
  readonly progress: Progress;
}

const onEvent = (message: string): void => void process.stderr.write(`  ${message}\n`);

async function run(args: readonly string[], env: Environment, progress: Progress): Promise<number> {
  const session = await open(parseValues(args), env, progress);
  const { values, options, home, holdings, standing, views, wallet } = session;
  const now = home.upTo.timestampSeconds;
  const say = (text: string): void => {
    if (!options.isJson) process.stdout.write(`${text}\n\n`);
  };
  say(describeHoldings(home, holdings));
  if (values["force-withdraw"] !== undefined) {
    const forced = await force(values["force-withdraw"], session);
    say(describeForced(forced));
    if (options.isJson) process.stdout.write(`${toJson({ holdings, standing, forced })}\n`);
    return 0;
  }
  if (standing.phase !== "frozen" || wallet === undefined) say(describeOptions(standing, views, now));
  const payments = wallet === undefined ? [] : await takeOut(session, wallet);
  if (wallet !== undefined) say(describePayments(payments));
  if (options.isJson) process.stdout.write(`${toJson({ holdings, standing, payments })}\n`);
  const isRefused = standing.phase !== "frozen" && values.freeze === true && wallet !== undefined;
  return isRefused ? 1 : 0;
}

function force(
  amount: string,
  { home, views, holdings, standing, wallet }: Session,
): Promise<ForcedWithdrawal> {
  if (standing.phase === "frozen") {
    throw new ConfigError("the ledger is frozen and queues nothing any more: leave out --force-withdraw");
  }
  if (wallet === undefined)
    throw new ConfigError("--force-withdraw sends a transaction: it needs --key and no --dry-run");
  return forceWithdraw(amount, home, views, holdings, wallet);
}

async function open(values: Values, env: Environment, progress: Progress): Promise<Session> {
  const options = chainOptions(values, env, USAGE);
  const key = keyOf(values.key, env);
  const chain = await connect("--rpc", options.home);
  const { reader } = chain;
  const wallet = key === undefined || values["dry-run"] ? undefined : new L1Wallet(key, chain);
  const claimant = claimantOf(values, key);
  const latestBlock = async () => (await reader.block("latest")).number;
  const { contract } = options.home;
  const { fromBlock } = options;
  const read = await progress.step("ledger", async (onProgress) => {
    const toBlock = await latestBlock();
    const follower = await HomeFollower.open({ reader, contract, fromBlock, onProgress }, toBlock);
    return { home: follower, views: await follower.readTo(toBlock) };
  });
  const { home } = read;
  let { views } = read;
  let standing = standingOf(home.state, views.terms, home.upTo.timestampSeconds);
  if (values.freeze && standing.phase === "freezable" && wallet !== undefined) {
    const { address } = home.created;
    await wallet.send({ address, abi: neuraRollupAbi, functionName: "freeze", args: [] });
    onEvent("the ledger is frozen now");
    views = await home.readTo(await latestBlock());
    standing = { phase: "frozen" };
  }
  const zkey = {
    option: "--membership-zkey",
    zkeyPath: values["membership-zkey"],
    cacheDirectory: artifactsDirectory(values["artifacts-dir"], env),
  };
  const holdings = holdingsOf(home.state, claimant);
  return { values, options, chain, home, views, standing, holdings, wallet, key, zkey, progress };
}

function claimantOf({ account, address, everyone }: Values, key: Hex | undefined): Claimant {
  const named = [account, address, everyone].filter((value) => value !== undefined);
  if (named.length > 1) throw new ConfigError("only one of --account, --address and --everyone can be meant");
  if (everyone) return "everyone";
  if (account !== undefined) return { account: wholeNumber("--account", account) };
  const owner = addressOf("--address", address) ?? (key && privateKeyToAccount(key).address);
  if (owner === undefined) {
    throw new ConfigError(`one of --account, --address, --everyone or --key is needed\n\n${USAGE}`);
  }
  return { address: BigInt(owner) };
}

/** From a frozen ledger everything; else the withdrawals of accepted batches, and what a deposed operator's mirrors have. */
async function takeOut(session: Session, wallet: L1Wallet): Promise<Payment[]> {
  const { home, holdings, standing } = session;
  const payments: Payment[] = [];
  if (standing.phase === "frozen") payments.push(...(await takeEverythingOut(session, wallet)));
  else {
    payments.push(...(await claimWithdrawals({ home, holdings, wallet, onEvent })));
    const releaseMirrorsTo = home.state.isDeposed ? mirrorsRecipient(session) : undefined;
    payments.push(...(await releaseMirrors({ home, wallet, releaseMirrorsTo, onEvent })));
  }
  for (const choice of session.options.mirrors) payments.push(...(await claimAt(choice, session)));
  return payments;
}

/** What is out on mirrors belongs to all holders of bridged NRX together. */
const mirrorsRecipient = ({ values, views }: Session) => (values.everyone ? views.terms.recovery : undefined);

async function takeEverythingOut(session: Session, wallet: L1Wallet): Promise<Payment[]> {
  const { chain, home, views, holdings, zkey, progress } = session;
  const { address } = home.created;
  const ask = <T>(what: string, send: (client: PublicClient) => Promise<T>) => chain.reader.ask(what, send);
  let opening: Promise<MembershipProver> | undefined;
  const prove = async (id: number) => {
    opening ??= MembershipProver.open(chain, views.membershipVerifier, home.state, zkey, progress);
    return (await opening).prove(id);
  };
  const abi = neuraRollupAbi;
  try {
    return await runEscape({
      home,
      holdings,
      wallet,
      prove,
      onEvent,
      releaseMirrorsTo: mirrorsRecipient(session),
      views: {
        isOpened: (id) =>
          ask(`reading whether cell ${id} is open`, (client) =>
            client.readContract({ address, abi, functionName: "isOpened", args: [id] }),
          ),
        creditedUnits: (id) =>
          ask(`reading what is credited to account ${id}`, (client) =>
            client.readContract({ address, abi, functionName: "creditedUnits", args: [id] }),
          ),
      },
    });
  } finally {
    // If it could not be opened, the proof that needed it has said so.
    await opening?.then(
      (prover) => prover.close(),
      () => {},
    );
  }
}

async function claimAt(choice: ChainChoice, session: Session): Promise<Payment[]> {
  const { home, holdings, key, progress } = session;
  if (key === undefined) return [];
  const chain = await connect("--mirror", choice);
  const mirror = await progress.step("mirror", async (onProgress) => {
    const toBlock = (await chain.reader.block("latest")).number;
    return readMirror(chain.reader, home.state, { contract: choice.contract, toBlock, onProgress });
  });
  return claimOnMirror({ chain, mirror, holdings, wallet: new L1Wallet(key, chain), onEvent });
}

await runCommand(USAGE, run);
