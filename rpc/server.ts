import cors from "@fastify/cors";
import Fastify, { type FastifyInstance } from "fastify";
import { Counter, Histogram, type Registry } from "prom-client";
import { Dispatcher, type MethodTable } from "./dispatch.ts";
import { invalidRequestCode, limitExceededCode } from "./errors.ts";

/** The node's HTTP server: JSON-RPC at `POST /`, and `/health`, `/ready`, `/metrics`. */

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
  addJsonRpc(server, options);
  addProbes(server, options);
  return {
    listen: async (host, port) => {
      const url = await server.listen({ host, port });
      return { url, port: Number(new URL(url).port) };
    },
    close: () => server.close(),
  };
}

function addJsonRpc(server: FastifyInstance, options: RpcServerOptions): void {
  const dispatcher = new Dispatcher(options.methods, {
    onCall: callMetrics(options.registry),
    onInternalError: options.onInternalError,
  });
  // The body stays text: malformed JSON is a JSON-RPC error, not the framework's.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    done(null, body);
  });
  server.post("/", async (request, reply) => {
    const answer = await dispatcher.answer(typeof request.body === "string" ? request.body : "");
    if (answer === undefined) return reply.code(204).send();
    return reply.type("application/json").send(JSON.stringify(answer));
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
