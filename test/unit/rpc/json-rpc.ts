/** Raw JSON-RPC over HTTP: answers of any shape are looked at. */

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape are looked at
type Any = any;

export interface Answer {
  readonly result?: Any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export async function post(url: string, body: string): Promise<{ status: number; json: Any }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body });
  const text = await response.text();
  return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
}

export async function ask(url: string, method: string, ...params: unknown[]): Promise<Answer> {
  return (await post(url, JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))).json;
}

/** The result; throws with the error's text when there is one. */
export async function result(url: string, method: string, ...params: unknown[]): Promise<Any> {
  const { error, result: found } = await ask(url, method, ...params);
  if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`);
  return found;
}
