import { type NeuraClient, SdkError, type TaskState, taskContentOf, toWord } from "../sdk/index.ts";
import { currentVersionOf } from "./manifest.ts";
import { type Int8Network, parseNetwork } from "./model/int8-network.ts";

/** The input of a task. That it is what the ledger commits to, and what a claim or a verdict is signed for, is checked. */
export async function fetchInput(client: NeuraClient, task: TaskState): Promise<Uint8Array> {
  if (task.input === null)
    throw new SdkError("unknown-content", `the node does not know the input of task ${task.id}`);
  const committed = taskContentOf(task.input, await client.getReceipts(task), task.result);
  if (committed !== task.content) {
    throw new SdkError(
      "wrong-content",
      `the node's input and result of task ${task.id} are not what the ledger commits to: ask another node`,
      toWord(task.content),
      toWord(committed),
    );
  }
  return client.getContent(task.input, `the input of task ${task.id}`);
}

/** The model that a registered model's manifest names. Every byte is checked against the ledger's commitment before it is used. */
export async function fetchModel(client: NeuraClient, modelId: number): Promise<Int8Network> {
  const model = await client.getModel(modelId);
  if (model === null) throw new SdkError("unknown-model", `cell ${modelId} is not a model`);
  const manifest = await client.getContent(model.manifest, `the manifest of model ${modelId}`);
  const { weights } = currentVersionOf(manifest);
  return parseNetwork(await client.getContent(BigInt(weights.content), `the weights of model ${modelId}`));
}
