import type { Arity } from "../method.ts";
import { contractLaneDocs } from "./contract-lane-docs.ts";
import { ledgerDocs } from "./ledger-docs.ts";
import { errorDocs, type MethodDoc, method, type Schema } from "./method-doc.ts";
import { schemas } from "./schemas.ts";

/** The table of all documented methods, and the OpenRPC document (spec.open-rpc.org, 1.3.2) made from it. */

const serverDocs: readonly MethodDoc[] = [
  method("rpc.discover", "This document", [], "Anything"),
  method("rpc_modules", "Namespaces of the methods", [], "Anything"),
];

const table: ReadonlyMap<string, MethodDoc> = new Map(
  [...contractLaneDocs, ...ledgerDocs, ...serverDocs].map((doc) => [doc.name, doc]),
);

export const documentedMethods = {
  names: [...table.keys()],
  docs: table,
  arities: new Map<string, Arity>([...table].map(([name, doc]) => [name, arityOf(doc)])),
  /** The document of a server that has these methods. What is not in the table is not in the document. */
  describe: (names: readonly string[]): Record<string, unknown> => ({
    openrpc: "1.3.2",
    info: {
      title: "NeuraChain JSON-RPC",
      version: "0.1.0",
      description:
        "Ethereum's JSON-RPC for the contract lane, and neura_* for the ledger. HTTP POST and WebSocket.",
    },
    methods: names.flatMap((name) => {
      const doc = table.get(name);
      return doc === undefined ? [] : [methodObject(doc)];
    }),
    components: { schemas },
  }),
};

function arityOf({ params }: MethodDoc): Arity {
  return { required: params.filter(({ isRequired }) => isRequired).length, total: params.length };
}

function methodObject({ name, summary, params, result, errors }: MethodDoc): Record<string, unknown> {
  return {
    name,
    summary,
    paramStructure: "by-position",
    params: params.map(({ name: param, isRequired, schema }) => ({
      name: param,
      required: isRequired,
      schema: schemaOf(schema),
    })),
    result: { name: "result", schema: schemaOf(result) },
    ...(errors.length === 0 ? {} : { errors: errors.map((error) => errorDocs[error]) }),
  };
}

function schemaOf(schema: Schema): Record<string, unknown> {
  if (typeof schema === "string") return { $ref: `#/components/schemas/${schema}` };
  if ("listOf" in schema) return { type: "array", items: schemaOf(schema.listOf) };
  return { oneOf: [schemaOf(schema.orNull), { type: "null" }] };
}
