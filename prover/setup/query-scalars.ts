/**
 * The scalars whose multiples of the generators are the proving key: each wire's polynomials of the quadratic arithmetic
 * program evaluated at τ, read off the Lagrange basis. The same pass writes the key's coefficient section.
 */
import type { CurveFunction, CurveMemory } from "./curve-memory.ts";
import { R1csStream } from "./r1cs-stream.ts";
import {
  invert,
  multiply,
  power,
  reduce,
  rootOfUnity,
  scalarBytes,
  scalarFieldOrder,
} from "./scalar-field.ts";
import type { SetupSecrets } from "./secrets.ts";

/** Sizes that fix every section of a key. */
export interface CircuitShape {
  readonly constraints: number;
  readonly wires: number;
  readonly publicSignals: number;
  readonly log2Domain: number;
}

/** Scalars of 32 bytes little-endian, below the field order, not Montgomery; shared so that threads do not copy them. */
export interface QueryScalars {
  /** A_s(τ) and B_s(τ) for every wire s. */
  readonly a: SharedArrayBuffer;
  readonly b: SharedArrayBuffer;
  /** (β·A_s + α·B_s + C_s)(τ) over γ for the public wires, over δ for the others. */
  readonly ic: SharedArrayBuffer;
  readonly c: SharedArrayBuffer;
  /** L_{2i+1}(τ) of the doubled domain, over δ. */
  readonly h: SharedArrayBuffer;
}

/** Receives the key's coefficients, 44 bytes each, in chunks that are valid only during the call. */
export type CoefficientSink = (chunk: Uint8Array) => void;

/** u32 matrix (0 = A, 1 = B), u32 row, u32 wire, value·R² mod r. */
export const coefficientBytes = 12 + scalarBytes;
const coefficientsPerChunk = 1 << 15;
/** R = 2^256 is the Montgomery radix: multiplying in Montgomery form by R³ turns a value into value·R². */
const montgomeryRadix = reduce(1n << 256n);

/**
 * Addresses of first·stepⁱ-th Lagrange values `factor·xᵢ/(τ − xᵢ)`, xᵢ = first·stepⁱ, i < count, in Montgomery form.
 * With factor (τⁿ − 1)/n and xᵢ = ωⁱ this is Lᵢ(τ).
 */
function lagrangeValues(
  curve: CurveMemory,
  tau: bigint,
  domain: { first: bigint; step: bigint; factor: bigint; count: number },
): number {
  const [mul, sub, batchInverse] = ["frm_mul", "frm_sub", "frm_batchInverse"].map((n) =>
    curve.function(n),
  ) as [CurveFunction, CurveFunction, CurveFunction];
  const { count } = domain;
  const tauAt = curve.montgomery(tau);
  const step = curve.montgomery(domain.step);
  const x = curve.montgomery(domain.first);
  const scaledX = curve.montgomery(multiply(domain.first, domain.factor));
  const values = curve.allocate(count * scalarBytes);
  for (let i = 0; i < count; i++) {
    sub(tauAt, x, values + i * scalarBytes);
    mul(x, step, x);
  }
  curve.reserve(count);
  batchInverse(values, scalarBytes, count, values, scalarBytes);
  for (let i = 0; i < count; i++) {
    mul(values + i * scalarBytes, scaledX, values + i * scalarBytes);
    mul(scaledX, step, scaledX);
  }
  return values;
}

function constraintLagrange(curve: CurveMemory, tau: bigint, log2Domain: number): number {
  const count = 2 ** log2Domain;
  const factor = multiply(power(tau, BigInt(count)) - 1n + scalarFieldOrder, invert(BigInt(count)));
  return lagrangeValues(curve, tau, { first: 1n, step: rootOfUnity(log2Domain), factor, count });
}

function quotientLagrange(curve: CurveMemory, { tau, delta }: SetupSecrets, log2Domain: number): number {
  const count = 2 ** log2Domain;
  const doubled = BigInt(2 * count);
  const vanishing = power(tau, doubled) - 1n + scalarFieldOrder;
  const factor = multiply(vanishing, invert(doubled), invert(delta));
  const first = rootOfUnity(log2Domain + 1);
  const values = lagrangeValues(curve, tau, { first, step: multiply(first, first), factor, count });
  curve.function("frm_batchFromMontgomery")(values, count, values);
  return values;
}

/** Writes coefficients through a fixed window of curve memory. */
export class CoefficientWriter {
  readonly #curve: CurveMemory;
  readonly #mul: CurveFunction;
  readonly #radixCubed: number;
  readonly #one: number;
  readonly #window: number;
  readonly #sink: CoefficientSink;
  /** Made at the first write, after all memory is allocated: growing the memory detaches views. */
  #view = new DataView(new ArrayBuffer(0));
  #filled = 0;

  constructor(curve: CurveMemory, sink: CoefficientSink) {
    this.#curve = curve;
    this.#sink = sink;
    this.#mul = curve.function("frm_mul");
    this.#radixCubed = curve.montgomery(multiply(montgomeryRadix, montgomeryRadix));
    this.#one = curve.plain(1n);
    this.#window = curve.allocate(coefficientsPerChunk * coefficientBytes);
  }

  /** `value` is the address of a scalar that is not in Montgomery form. */
  write(matrix: 0 | 1, row: number, wire: number, value: number): void {
    const at = this.#window + this.#filled * coefficientBytes;
    if (this.#view.byteLength === 0) this.#view = new DataView(this.#curve.memory.buffer);
    this.#view.setUint32(at, matrix, true);
    this.#view.setUint32(at + 4, row, true);
    this.#view.setUint32(at + 8, wire, true);
    this.#mul(value, this.#radixCubed, at + 12);
    this.#filled += 1;
    if (this.#filled === coefficientsPerChunk) this.flush();
  }

  /** Rows nConstraints + s tie each public wire s (and the constant) to A, so that no public input is free. */
  writePublicRows(shape: CircuitShape): void {
    for (let wire = 0; wire <= shape.publicSignals; wire++)
      this.write(0, shape.constraints + wire, wire, this.#one);
  }

  flush(): void {
    if (this.#filled > 0) this.#sink(this.#curve.bytes(this.#window, this.#filled * coefficientBytes));
    this.#filled = 0;
  }
}

/** Addresses of the sums coefficient·L_row(τ) per wire, for A, B and C; not Montgomery. */
type WireSums = readonly [number, number, number];

function sumConstraints(
  curve: CurveMemory,
  r1csPath: string,
  shape: CircuitShape,
  lagrange: number,
  sink: CoefficientSink,
): WireSums {
  const mul = curve.function("frm_mul");
  const add = curve.function("frm_add");
  const product = curve.allocate(scalarBytes);
  const sumBytes = shape.wires * scalarBytes;
  const matrices = [0, 1, 2].map(() => {
    const address = curve.allocate(sumBytes);
    curve.bytes(address, sumBytes).fill(0);
    return address;
  }) as [number, number, number];
  const writer = new CoefficientWriter(curve, sink);
  const stream = new R1csStream(curve, r1csPath);
  stream.forEachTerm((matrix, row, wire, value) => {
    const sum = matrices[matrix] + wire * scalarBytes;
    // A Montgomery product of a plain and a Montgomery factor is plain.
    mul(value, lagrange + row * scalarBytes, product);
    add(sum, product, sum);
    if (matrix !== 2) writer.write(matrix, row, wire, value);
  });
  writer.writePublicRows(shape);
  writer.flush();
  const [a] = matrices;
  for (let wire = 0; wire <= shape.publicSignals; wire++) {
    const row = lagrange + (shape.constraints + wire) * scalarBytes;
    curve.function("frm_fromMontgomery")(row, product);
    add(a + wire * scalarBytes, product, a + wire * scalarBytes);
  }
  return matrices;
}

/** (β·A_s + α·B_s + C_s)·scale for the wires first ≤ s < end, written over C's sums. */
function combine(
  curve: CurveMemory,
  sums: WireSums,
  secrets: SetupSecrets,
  range: { first: number; end: number; scale: bigint },
): void {
  const mul = curve.function("frm_mul");
  const add = curve.function("frm_add");
  const [a, b, c] = sums;
  const betaScale = curve.montgomery(multiply(secrets.beta, range.scale));
  const alphaScale = curve.montgomery(multiply(secrets.alpha, range.scale));
  const scale = curve.montgomery(range.scale);
  const term = curve.allocate(scalarBytes);
  for (let offset = range.first * scalarBytes; offset < range.end * scalarBytes; offset += scalarBytes) {
    mul(c + offset, scale, c + offset);
    mul(a + offset, betaScale, term);
    add(c + offset, term, c + offset);
    mul(b + offset, alphaScale, term);
    add(c + offset, term, c + offset);
  }
}

function copyOut(curve: CurveMemory, address: number, scalars: number): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(scalars * scalarBytes);
  new Uint8Array(shared).set(curve.bytes(address, scalars * scalarBytes));
  return shared;
}

/** Evaluates the program of `r1csPath` at τ; the coefficient section goes to `sink`. */
export function queryScalars(
  curve: CurveMemory,
  r1csPath: string,
  shape: CircuitShape,
  secrets: SetupSecrets,
  sink: CoefficientSink,
): QueryScalars {
  const lagrange = constraintLagrange(curve, secrets.tau, shape.log2Domain);
  const sums = sumConstraints(curve, r1csPath, shape, lagrange, sink);
  const publicEnd = shape.publicSignals + 1;
  combine(curve, sums, secrets, { first: 0, end: publicEnd, scale: invert(secrets.gamma) });
  combine(curve, sums, secrets, { first: publicEnd, end: shape.wires, scale: invert(secrets.delta) });
  const [a, b, c] = sums;
  const quotient = quotientLagrange(curve, secrets, shape.log2Domain);
  return {
    a: copyOut(curve, a, shape.wires),
    b: copyOut(curve, b, shape.wires),
    ic: copyOut(curve, c, publicEnd),
    c: copyOut(curve, c + publicEnd * scalarBytes, shape.wires - publicEnd),
    h: copyOut(curve, quotient, 2 ** shape.log2Domain),
  };
}
