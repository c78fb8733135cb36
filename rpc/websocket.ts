import websocketPlugin, { type WebSocket } from "@fastify/websocket";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Counter, Gauge, type Registry } from "prom-client";
import type { Dispatcher } from "./dispatch.ts";
import { type SessionLimits, WebSocketSession } from "./websocket-session.ts";

/** JSON-RPC over WebSocket, at the same address as over HTTP. */

export interface WebSocketOptions {
  readonly dispatcher: Dispatcher;
  readonly registry: Registry;
  readonly maxMessageBytes: number;
  readonly limits: SessionLimits;
  /** Origins whose pages may connect; default all. Programs that are no browsers send none. */
  readonly allowedOrigins?: readonly string[];
}

const maxConnections = 1_000;
/** A client that does not answer a ping until the next one is gone. */
const pingIntervalMs = 30_000;
const tryAgainLater = 1013;

/** Must be called before any route is added. */
export async function addWebSocket(server: FastifyInstance, options: WebSocketOptions): Promise<void> {
  await server.register(websocketPlugin, {
    options: { maxPayload: options.maxMessageBytes },
    errorHandler: (_error, socket) => socket.terminate(),
    preClose: function (this: FastifyInstance, done) {
      for (const client of this.websocketServer.clients) client.terminate();
      this.websocketServer.close(() => done());
    },
  });
  const connect = sessionStarter(options);
  server.route({
    method: "GET",
    url: "/",
    preValidation: async (request, reply) => refuseOrigin(request, reply, options.allowedOrigins),
    handler: async (_request, reply) =>
      reply
        .code(405)
        .header("allow", "POST")
        .send({ message: "JSON-RPC 2.0: POST, or open a WebSocket here" }),
    wsHandler: (socket) => {
      if (server.websocketServer.clients.size > maxConnections)
        socket.close(tryAgainLater, "too many connections");
      else connect(socket);
    },
  });
}

/** Other than for HTTP no browser asks first: the server itself has to look where the page comes from. */
async function refuseOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: readonly string[] | undefined,
): Promise<void> {
  const { origin } = request.headers;
  if (!request.ws || allowed === undefined || origin === undefined || allowed.includes(origin)) return;
  await reply.code(403).send({ message: "this origin may not connect" });
}

function sessionStarter(options: WebSocketOptions): (socket: WebSocket) => void {
  const { dispatcher, registry, limits } = options;
  const registers = [registry];
  const connections = new Gauge({ name: "rpc_websocket_connections", help: "Open WebSockets", registers });
  const messages = new Counter({
    name: "rpc_websocket_messages_total",
    help: "Messages received over WebSocket",
    registers,
  });
  return (socket) => {
    const session = new WebSocketSession(
      {
        get bufferedAmount() {
          return socket.bufferedAmount;
        },
        send: (text) => socket.send(text),
        pause: () => socket.pause(),
        resume: () => socket.resume(),
        terminate: () => socket.terminate(),
      },
      dispatcher,
      limits,
    );
    connections.inc();
    const endPings = keepAlive(socket);
    socket.on("message", (data) => {
      messages.inc();
      void session.receive(data.toString());
    });
    socket.on("close", () => {
      endPings();
      connections.dec();
      session.close();
    });
  };
}

function keepAlive(socket: WebSocket): () => void {
  let isAlive = true;
  socket.on("pong", () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    return socket.ping();
  }, pingIntervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
