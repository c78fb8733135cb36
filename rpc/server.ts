import cors from "@fastify/cors";
import Fastify, { type FastifyInstance } from "fastify";
import { Counter, Histogram, type Registry } from "prom-client";
import { Dispatcher } from "./dispatch.ts";
import { invalidRequestCode, limitExceededCode } from "./errors.ts";
import type { MethodTable } from "./method.ts";
import { documentedMethods } from "./openrpc/document.ts";
import { addWebSocket } from "./websocket.ts";
import { defaultSessionLimits, type SessionLimits } from "./websocket-session.ts";

/** The node's server: JSON-RPC at `POST /` and by WebSocket at `/`, and `/health`, `/ready`, `/metrics`. */

export interface Readiness {
  readonly isReady: boolean;
  /** What is missing, for a person who asks why. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface RpcServerOptions {
  readonly methods: MethodTable;
  /** Metrics of the whole node; the server adds its own. */
  readonly registry: Registry;
  readonly readiness: () => Readiness;
  readonly onInternalError: (error: unknown, method: string) => void;
  readonly maxBodyBytes?: number;
  /** Origins whose pages may call; default all, as wallets in browsers need it and nothing here uses cookies. */
  readonly allowedOrigins?: readonly string[];
  readonly sessionLimits?: SessionLimits;
}

export interface RpcServer {
  /** Port 0 takes a free one. */
  readonly listen: (host: string, port: number) => Promise<{ readonly url: string; readonly port: number }>;
  readonly close: () => Promise<void>;
}

/** Holds the largest content that `neura_putContent` takes, in hex or base64. */
const defaultMaxBodyBytes = 16 * 1024 * 1024;
const durationBucketsSeconds = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];
const preflightCacheSeconds = 600;

export async function createRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const maxBodyBytes = options.maxBodyBytes ?? defaultMaxBodyBytes;
  const server = Fastify({ bodyLimit: maxBodyBytes, forceCloseConnections: true });
  await server.register(cors, {
    origin: options.allowedOrigins === undefined ? "*" : [...options.allowedOrigins],
    methods: ["GET", "POST"],
    maxAge: preflightCacheSeconds,
  });
  answerRefusals(server, maxBodyBytes);
  const dispatcher = new Dispatcher(withDiscovery(options.methods), documentedMethods.arities, {
    onCall: callMetrics(options.registry),
    onInternalError: options.onInternalError,
  });
  await addWebSocket(server, {
    dispatcher,
    registry: options.registry,
    maxMessageBytes: maxBodyBytes,
    limits: options.sessionLimits ?? defaultSessionLimits,
    ...(options.allowedOrigins === undefined ? {} : { allowedOrigins: options.allowedOrigins }),
  });
  addJsonRpc(server, dispatcher);
  addProbes(server, options);
  return {
    listen: async (host, port) => {
      const url = await server.listen({ host, port });
      return { url, port: Number(new URL(url).port) };
    },
    close: () => server.close(),
  };
}

/** `rpc.discover` describes what this server has, and nothing else. */
function withDiscovery(methods: MethodTable): MethodTable {
  const names = [...Object.keys(methods), "rpc.discover", "rpc_modules"];
  const document = documentedMethods.describe(names);
  const namespaces = [
    ...new Set(names.filter((name) => name.includes("_")).map((name) => name.split("_")[0])),
  ];
  const modules = Object.fromEntries(namespaces.map((namespace) => [namespace, "1.0"]));
  return { ...methods, "rpc.discover": async () => document, rpc_modules: async () => modules };
}

function addJsonRpc(server: FastifyInstance, dispatcher: Dispatcher): void {
  // The body stays text: malformed JSON is a JSON-RPC error, not the framework's.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    done(null, body);
  });
  server.post("/", async (request, reply) => {
    const answer = await dispatcher.answer(typeof request.body === "string" ? request.body : "");
    if (answer === undefined) return reply.code(204).send();
    return reply.type("application/json").send(answer);
  });
}

function callMetrics(registry: Registry): (method: string, isSuccess: boolean, seconds: number) => void {
  const registers = [registry];
  const calls = new Counter({
    name: "rpc_calls_total",
    help: "JSON-RPC calls by method and outcome",
    labelNames: ["method", "outcome"],
    registers,
  });
  const durations = new Histogram({
    name: "rpc_call_duration_seconds",
    help: "Duration of JSON-RPC calls by method",
    labelNames: ["method"],
    buckets: durationBucketsSeconds,
    registers,
  });
  return (method, isSuccess, seconds) => {
    calls.inc({ method, outcome: isSuccess ? "success" : "error" });
    durations.observe({ method }, seconds);
  };
}

function addProbes(server: FastifyInstance, { registry, readiness }: RpcServerOptions): void {
  server.get("/health", async () => ({ status: "ok" }));
  server.get("/ready", async (_request, reply) => {
    const { isReady, details = {} } = readiness();
    return reply.code(isReady ? 200 : 503).send({ ready: isReady, ...details });
  });
  server.get("/metrics", async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}

/** What the framework refuses before a handler runs is answered in JSON-RPC's form too. */
function answerRefusals(server: FastifyInstance, maxBodyBytes: number): void {
  server.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    const isTooLarge = status === 413;
    const code = isTooLarge ? limitExceededCode : invalidRequestCode;
    const message = isTooLarge ? `request body too large: limit ${maxBodyBytes} bytes` : error.message;
    return reply.code(status).send({ jsonrpc: "2.0", id: null, error: { code, message } });
  });
}
