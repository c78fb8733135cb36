import { listOf, type MethodDoc, method, optional, orNull, required } from "./method-doc.ts";

/** `neura_*`: the ledger (docs/LEDGER.md). */

const id = required("id", "CellId");

export const ledgerDocs: readonly MethodDoc[] = [
  method("neura_chainInfo", "Chain, contracts and sizes of the ledger", [], "LedgerObject"),
  method("neura_status", "How far every stage of the node is", [], "LedgerObject"),
  method("neura_getSolvency", "Whether every unit is accounted for, by level and chain", [], "LedgerObject"),
  method("neura_getAccount", "An account", [id], orNull("LedgerObject")),
  method(
    "neura_getAccountByKey",
    "The account of a key and an address",
    [required("pubX", "FieldElement"), required("pubY", "FieldElement"), required("l1Address", "Quantity")],
    orNull("LedgerObject"),
  ),
  method("neura_getModel", "A model", [id], orNull("LedgerObject")),
  method("neura_getTask", "A task", [id], orNull("LedgerObject")),
  method(
    "neura_getReceipts",
    "Receipts' roots that a task's draws have committed to, in their order",
    [id, optional("from", "Quantity")],
    listOf("LedgerObject"),
  ),
  method(
    "neura_getTasks",
    "Tasks by phase, verifier or worker",
    [optional("filter", "LedgerObject")],
    listOf("LedgerObject"),
  ),
  method("neura_getLedgerProof", "A cell with its Merkle path under the newest batch", [id], "LedgerObject"),
  method(
    "neura_sendOperation",
    "Sends a signed operation",
    [required("operation", "SignedOperation")],
    "Hash",
    ["ledger"],
  ),
  method(
    "neura_getOperation",
    "An operation and how far it has come",
    [required("operationId", "Hash")],
    orNull("LedgerObject"),
  ),
  method("neura_estimateFee", "The fee of an operation", [required("kind", "Text")], "LedgerObject"),
  method("neura_batchNumber", "Number of the newest closed batch", [], "Quantity"),
  method(
    "neura_getBatch",
    "A batch and how far it has come",
    [required("number", "Quantity")],
    orNull("LedgerObject"),
  ),
  method(
    "neura_putContent",
    "Stores a manifest, an input or a result",
    [required("content", "Bytes")],
    "LedgerObject",
    ["ledger"],
  ),
  method(
    "neura_getContent",
    "Stored content by CID or content element",
    [required("name", "Text")],
    orNull("Bytes"),
  ),
  method(
    "neura_subscribe",
    "Over WebSocket: ops (of one sender or kind), tasks (or one by id), batches",
    [required("feed", "Text"), optional("filter", "LedgerObject")],
    "Text",
    ["notificationsUnsupported", "limitExceeded"],
  ),
  method("neura_unsubscribe", "Ends a subscription", [required("subscription", "Text")], "Boolean", [
    "notificationsUnsupported",
    "subscriptionNotFound",
  ]),
];
