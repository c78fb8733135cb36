import type { SchemaName } from "./schemas.ts";

/** One method as the OpenRPC document shows it, and as the dispatcher counts its parameters. */
export interface MethodDoc {
  readonly name: string;
  readonly summary: string;
  readonly params: readonly ParamDoc[];
  readonly result: Schema;
  readonly errors: readonly ErrorName[];
}

export interface ParamDoc {
  readonly name: string;
  readonly isRequired: boolean;
  readonly schema: Schema;
}

/** A named schema, a list of one, or null as an alternative to one. */
export type Schema = SchemaName | { readonly listOf: Schema } | { readonly orNull: Schema };

export type ErrorName = keyof typeof errorDocs;

/** What a method can answer besides -32700, -32600, -32601 and -32602, which every method can. */
export const errorDocs = {
  refused: { code: -32000, message: "the node refuses, for the reason in the message" },
  headerNotFound: { code: -32000, message: "header not found" },
  filterNotFound: { code: -32000, message: "filter not found" },
  subscriptionNotFound: { code: -32000, message: "subscription not found" },
  notificationsUnsupported: { code: -32601, message: "notifications not supported" },
  limitExceeded: { code: -32005, message: "more than the node's limit" },
  reverted: { code: 3, message: "execution reverted" },
  simulation: { code: -38014, message: "a call of the simulation is invalid: codes -38010 to -38026" },
  ledger: {
    code: -39001,
    message: "the ledger refuses: codes -39001 to -39040, with code, expected and actual in data",
  },
} as const;

export const required = (name: string, schema: Schema): ParamDoc => ({ name, isRequired: true, schema });
export const optional = (name: string, schema: Schema): ParamDoc => ({ name, isRequired: false, schema });
export const listOf = (schema: Schema): Schema => ({ listOf: schema });
export const orNull = (schema: Schema): Schema => ({ orNull: schema });

export function method(
  name: string,
  summary: string,
  params: readonly ParamDoc[],
  result: Schema,
  errors: readonly ErrorName[] = [],
): MethodDoc {
  return { name, summary, params, result, errors };
}
