import { createBlock } from "@ethereumjs/block";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { Account, createAddressFromString } from "@ethereumjs/util";
import { buildBlock, createVM } from "@ethereumjs/vm";
import { encodeFunctionData } from "viem";
import { expect, it } from "vitest";
import { chainRules, ledgerAddress, systemAddress } from "../../../state/evm/chain-rules.ts";
import type { Address } from "../../../state/evm/types.ts";
import {
  account,
  chainId,
  credit,
  gwei,
  lower,
  oneNrxWei,
  openLane,
  signTransfer,
  temporaryDirectory,
} from "./lane-fixture.ts";
import { probeAbi, probeBytecode } from "./probe-contract.ts";

const alice = account(1);
const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;

it("state, transaction and receipt roots are those of the library's own block builder", async () => {
  const directory = await temporaryDirectory();
  const { database, lane } = await openLane(directory.path);
  try {
    const credited = credit([lower(alice.address), oneNrxWei]);
    await lane.buildBlock({ timestampSeconds: 1, transactions: [], ledger: credited });

    // The same state put together by hand: the credit, the system nonce and the ledger account.
    const common = chainRules(chainId).detached();
    const stateManager = new MerkleStateManager({ common });
    const ledger = createAddressFromString(ledgerAddress);
    await stateManager.putAccount(ledger, new Account(1n));
    await stateManager.putCode(ledger, Uint8Array.of(0xfe));
    await stateManager.putStorage(ledger, new Uint8Array(32), Uint8Array.of(7));
    await stateManager.putAccount(createAddressFromString(systemAddress), new Account(1n));
    await stateManager.putAccount(createAddressFromString(alice.address), new Account(0n, oneNrxWei));
    expect(hex(await stateManager.getStateRoot())).toBe(lane.head.stateRoot);

    const created = await signTransfer(lane, alice, {
      nonce: 0,
      data: probeBytecode,
      gas: 1_000_000n,
      tip: gwei / 2n,
    });
    const estimate = await lane.buildBlock({ timestampSeconds: 2, transactions: [created] });
    const probe = estimate.receipts[0]?.contractAddress as Address;
    const data = encodeFunctionData({ abi: probeAbi, functionName: "store", args: [42n] });
    const failing = encodeFunctionData({ abi: probeAbi, functionName: "store", args: [101n] });
    const transactions = [
      await signTransfer(lane, alice, { nonce: 1, to: probe, data, gas: 100_000n, tip: 1n }),
      await signTransfer(lane, alice, { nonce: 2, to: probe, data: failing, gas: 100_000n }),
      await signTransfer(lane, alice, { nonce: 3, to: lower(account(2).address), value: 5n }),
    ];
    await lane.buildBlock({ timestampSeconds: 3, transactions });

    const vm = await createVM({ common, stateManager });
    for (const block of [lane.getBlock(2), lane.getBlock(3)]) {
      if (block === undefined) throw new Error("the lane lost a block");
      const builder = await buildBlock(vm, {
        parentBlock: createBlock(
          { header: { number: block.number - 1, gasLimit: block.gasLimit } },
          { common },
        ),
        headerData: {
          number: block.number,
          timestamp: block.timestampSeconds,
          gasLimit: block.gasLimit,
          baseFeePerGas: block.baseFeeWei,
          coinbase: block.coinbase,
        },
        blockOpts: { common, putBlockIntoBlockchain: false, freeze: false },
      });
      for (const { decoded } of block.transactions) await builder.addTransaction(decoded);
      const { block: reference } = await builder.build();
      // The library burns the base fees; here the treasury, like the fee recipient the zero address, gets them.
      const treasury = createAddressFromString(lane.treasury);
      const account = (await stateManager.getAccount(treasury)) ?? new Account();
      account.balance += block.baseFeeWei * block.gasUsed;
      await stateManager.putAccount(treasury, account);
      expect(hex(await stateManager.getStateRoot())).toBe(block.stateRoot);
      expect(hex(reference.header.transactionsTrie)).toBe(block.transactionsRoot);
      expect(hex(reference.header.receiptTrie)).toBe(block.receiptsRoot);
      expect(hex(reference.header.logsBloom)).toBe(block.logsBloom);
      expect(reference.header.gasUsed).toBe(block.gasUsed);
    }
  } finally {
    await database.close();
    await directory.remove();
  }
});
