/** Deploys the token through hardhat's provider, which estimates, prices and signs, and prints what came of it. */
const { BrowserProvider, Contract, ContractFactory } = require("ethers");
const hre = require("hardhat");

const recipient = process.env.RECIPIENT;

async function main() {
  const provider = new BrowserProvider(hre.network.provider, undefined, { pollingInterval: 10, cacheTimeout: -1 });
  const signer = await provider.getSigner();
  const { abi, bytecode } = await hre.artifacts.readArtifact("Token");
  const deployed = await new ContractFactory(abi, bytecode, signer).deploy(1_000n);
  const deployment = await deployed.deploymentTransaction().wait();
  const token = new Contract(await deployed.getAddress(), abi, signer);
  const transfer = await (await token.transfer(recipient, 7n)).wait();
  const reason = await token.transfer(`0x${"00".repeat(20)}`, 1n).catch((error) => error.message);
  process.stdout.write(
    JSON.stringify({
      chainId: String((await provider.getNetwork()).chainId),
      deployment: { status: deployment.status, gasUsed: String(deployment.gasUsed), contract: deployment.contractAddress },
      transfer: { status: transfer.status, gasUsed: String(transfer.gasUsed), logs: transfer.logs.length },
      balance: String(await token.balanceOf(recipient)),
      revertReason: /transfer to the zero address/.exec(reason)?.[0] ?? reason,
      signed: (await signer.signMessage("hardhat")).length,
    }),
  );
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
