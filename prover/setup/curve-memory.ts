/**
 * One instance of the BN254 WebAssembly code of ffjavascript with its memory in our hands: bulk arithmetic addresses
 * pointers directly, without a copy in and out per operation. Scalars are 32 bytes little-endian; "Montgomery" is said where it holds.
 */
import { buildBn128 } from "ffjavascript";
import { scalarBytes, toLittleEndian } from "./scalar-field.ts";

declare global {
  // The DOM library has these types; Node has only the values.
  namespace WebAssembly {
    class Memory {
      constructor(descriptor: { initial: number; maximum?: number });
      readonly buffer: ArrayBuffer;
      grow(pages: number): number;
    }
    interface Module {
      readonly __brand: "WebAssembly.Module";
    }
    interface Instance {
      readonly exports: Record<string, unknown>;
    }
    function compile(code: Uint8Array): Promise<Module>;
    function instantiate(module: Module, imports: Record<string, Record<string, unknown>>): Promise<Instance>;
  }
}

const pageBytes = 65_536;
/** What a batch inversion or conversion takes at most per element, in G2: two field elements of 64 bytes. */
const scratchBytesPerElement = 256;
const wasmAlignment = 8;

export type CurveFunction = (...args: number[]) => number;

export class CurveMemory {
  readonly memory: WebAssembly.Memory;
  readonly #exports: Record<string, CurveFunction>;
  /** Generators in affine Montgomery form. */
  readonly generatorG1: number;
  readonly generatorG2: number;

  private constructor(
    memory: WebAssembly.Memory,
    exports: Record<string, CurveFunction>,
    g1: number,
    g2: number,
  ) {
    this.memory = memory;
    this.#exports = exports;
    this.generatorG1 = g1;
    this.generatorG2 = g2;
  }

  static async create(): Promise<CurveMemory> {
    const curve = await buildBn128(true);
    const memory = new WebAssembly.Memory({ initial: 32 });
    const module = await WebAssembly.compile(curve.tm.code);
    const instance = await WebAssembly.instantiate(module, { env: { memory } });
    const exports = instance.exports as unknown as Record<string, CurveFunction>;
    return new CurveMemory(memory, exports, curve.tm.pG1gen, curve.tm.pG2gen);
  }

  function(name: string): CurveFunction {
    const found = this.#exports[name];
    if (found === undefined)
      throw new Error(`the curve code has no function ${name}; install the pinned ffjavascript`);
    return found;
  }

  /** Address of `byteLength` fresh bytes; views of the memory made before may be stale afterwards. */
  allocate(byteLength: number): number {
    const heapTop = new Uint32Array(this.memory.buffer, 0, 1);
    const address = Math.ceil((heapTop[0] ?? 0) / wasmAlignment) * wasmAlignment;
    // The code takes its own temporaries from the same place, so its pointer must move with ours.
    heapTop[0] = address + byteLength;
    this.reserve(0);
    return address;
  }

  /** Makes room for the temporaries of a batch function over `elements`; views made before may be stale afterwards. */
  reserve(elements: number): void {
    const heapTop = new Uint32Array(this.memory.buffer, 0, 1)[0] ?? 0;
    const end = heapTop + elements * scratchBytesPerElement + pageBytes;
    const missingPages = Math.ceil((end - this.memory.buffer.byteLength) / pageBytes);
    if (missingPages > 0) this.memory.grow(missingPages);
  }

  bytes(address: number, byteLength: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, byteLength);
  }

  /** Address of a new scalar with this value, as it is. */
  plain(value: bigint): number {
    const address = this.allocate(scalarBytes);
    this.bytes(address, scalarBytes).set(toLittleEndian(value));
    return address;
  }

  /** Address of a new scalar with this value, in Montgomery form. */
  montgomery(value: bigint): number {
    const address = this.plain(value);
    this.function("frm_toMontgomery")(address, address);
    return address;
  }
}
