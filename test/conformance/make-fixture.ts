/**
 * Writes `fixtures/chain.rlp`: three blocks on `fixtures/genesis.json`, one of each of the forks Paris, Shanghai and Cancun, built by
 * the EVM package alone. `node --import tsx test/conformance/make-fixture.ts` prints what the .io files beside it quote.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createFeeMarket1559Tx, createLegacyTx } from "@ethereumjs/tx";
import { bytesToHex, concatBytes, hexToBytes } from "@ethereumjs/util";
import { buildBlock } from "@ethereumjs/vm";
import { openForeignState, readGenesis } from "./import-chain.ts";

const privateKey = hexToBytes(`0x${"02".padStart(64, "0")}`);
const counter = "0x00000000000000000000000000000000000000ca";
const failing = "0x00000000000000000000000000000000000000fe";
const fixtures = (file: string): string => fileURLToPath(new URL(`fixtures/${file}`, import.meta.url));

const { common, vm, genesisBlock } = await openForeignState(await readGenesis(fixtures("genesis.json")));
const legacy = { gasPrice: 2_000_000_000n, gasLimit: 100_000n };
const dynamic = {
  maxFeePerGas: 2_000_000_000n,
  maxPriorityFeePerGas: 1n,
  gasLimit: 100_000n,
  chainId: 4242n,
};
const bodies = [
  [
    {
      type: 0,
      fields: { ...legacy, nonce: 0n, to: "0x00000000000000000000000000000000000000aa", value: 7n },
    },
  ],
  [
    { type: 2, fields: { ...dynamic, nonce: 1n, to: counter } },
    { type: 2, fields: { ...dynamic, nonce: 2n, to: failing } },
  ],
  [],
] as const;

let parentBlock = genesisBlock;
const encoded: Uint8Array[] = [];
for (const [index, body] of bodies.entries()) {
  const number = index + 1;
  const timestamp = number * 10;
  common.setHardforkBy({ blockNumber: number, timestamp });
  const builder = await buildBlock(vm, {
    parentBlock,
    headerData: {
      number,
      timestamp,
      gasLimit: 30_000_000n,
      baseFeePerGas: parentBlock.header.calcNextBaseFee(),
    },
    blockOpts: { calcDifficultyFromHeader: parentBlock.header, putBlockIntoBlockchain: false, freeze: false },
    ...(number > 1 ? { withdrawals: [] } : {}),
  });
  for (const { type, fields } of body) {
    const unsigned =
      type === 0 ? createLegacyTx(fields as never, { common }) : createFeeMarket1559Tx(fields, { common });
    const signed = unsigned.sign(privateKey);
    await builder.addTransaction(signed as never);
    process.stdout.write(`transaction ${bytesToHex(signed.hash())}\n`);
  }
  const { block } = await builder.build();
  process.stdout.write(`block ${number} ${bytesToHex(block.hash())} gas ${block.header.gasUsed}\n`);
  encoded.push(block.serialize());
  parentBlock = block;
}
writeFileSync(fixtures("chain.rlp"), concatBytes(...encoded));
