import { type Address, toFunctionSelector } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BASE8, curvePoint, isValidPublicKey, SUBGROUP_ORDER } from "../../state/ledger/babyjubjub.ts";
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import type { OpWords } from "../../state/ledger/operation.ts";
import { challengeOf, circuitIdOf, domainOf, evaluationOf } from "../../state/ledger/stream.ts";
import { seededRandom } from "../fixtures/contracts/seeded-words.ts";
import {
  deployContract,
  encodeBatch,
  fixtureContract,
  startTestChain,
  type TestChain,
  type TestOp,
} from "../fixtures/contracts/settlement.ts";
import vectors from "../vectors/ledger.json" with { type: "json" };

const harness = await fixtureContract("LibraryHarness");
let chain: TestChain;
let address: `0x${string}`;

beforeAll(async () => {
  chain = await startTestChain();
  address = await deployContract(chain.client, harness, []);
});

afterAll(() => chain?.stop());

const call = <T>(functionName: string, args: readonly unknown[]): Promise<T> =>
  chain.client.readContract({ address, abi: harness.abi, functionName, args }) as Promise<T>;

const wordNotInField = toFunctionSelector("WordNotInField(uint256,uint256)");
/** Behind a stream: the place of the commitment, padding, the place of the challenge, and the field's order. */
const spareWords = [0n, 0n, 0n, 0n, 0n, FIELD_PRIME];

describe("the Solidity libraries agree with the TypeScript ledger", () => {
  it("on the domain of a chain and contract", async () => {
    for (const chainId of [1n, 11155111n, 2n ** 200n]) {
      expect(await call("domainOf", [chainId, address])).toBe(domainOf(chainId, BigInt(address)));
    }
  });

  it("on the circuit's id, with sizes of one, two and three digits", async () => {
    for (const [levels, maxOps, maxCells] of [
      [3, 4, 8],
      [8, 24, 12],
      [8, 100, 999],
      [1, 10, 90],
      [8, 253, 105],
    ] as const) {
      const size = { levels, maxOps, maxCells };
      expect(await call("circuitIdOf", [BigInt(levels), BigInt(maxOps), BigInt(maxCells)])).toBe(
        circuitIdOf(size),
      );
    }
  });

  it("on the challenge and the evaluation of random and extreme words", async () => {
    const random = seededRandom(7n);
    for (const length of [1, 2, 3, 4, 5, 17, 132]) {
      const words = Array.from({ length }, (_, i) =>
        i % 5 === 0 ? FIELD_PRIME - 1n : random() % FIELD_PRIME,
      );
      const commitment = random() % FIELD_PRIME;
      const challenge = challengeOf(words, commitment);
      const bound = await call<readonly bigint[]>("bind", [[...words, ...spareWords], commitment]);
      const [streamHash, ...inputs] = bound;
      expect(inputs).toEqual([challenge, evaluationOf(words, challenge)]);
      expect(BigInt(streamHash ?? 0) % FIELD_PRIME).toBe(challenge);
    }
  });

  it("on what is no word, wherever it stands", async () => {
    for (const length of [1, 6, 7, 8]) {
      for (let index = 0; index < length; index++) {
        const words = new Array<bigint>(length).fill(1n).with(index, FIELD_PRIME);
        const bound = call("bind", [[...words, ...spareWords], 0n]);
        await expect(bound).rejects.toThrow(wordNotInField);
      }
    }
  });

  it("on which keys are valid: random points, those off the curve, and all of small order", async () => {
    const random = seededRandom(11n);
    const points = Array.from({ length: 4 }, () => BASE8.multiply((random() % (SUBGROUP_ORDER - 1n)) + 1n));
    const order8 = pointOfOrder8(random);
    const candidates: [bigint, bigint][] = [];
    for (let multiple = 1n; multiple <= 8n; multiple++) {
      const { x, y } = multiply(order8, multiple).toAffine();
      candidates.push([x, y]);
      const [mixed] = points;
      if (mixed === undefined) throw new RangeError("there are points");
      const sum = mixed.add(multiply(order8, multiple)).toAffine();
      candidates.push([sum.x, sum.y]);
    }
    for (const point of points) {
      const { x, y } = point.toAffine();
      candidates.push(
        [x, y],
        [y, x],
        [x + 1n, y],
        [x, FIELD_PRIME - y],
        [x + FIELD_PRIME, y],
        [x, y + FIELD_PRIME],
      );
    }
    candidates.push([0n, 0n], [0n, 1n], [1n, 0n], [2n ** 256n - 1n, 2n ** 256n - 1n]);
    const verdicts: boolean[] = [];
    for (const [x, y] of candidates) {
      const valid = await call<boolean>("isValidKey", [x, y]);
      expect(valid, `(${x}, ${y})`).toBe(isValidPublicKey(x, y));
      verdicts.push(valid);
    }
    // Eight points are of small order, and the eight sums with a point of the subgroup are not.
    expect(verdicts.slice(0, 16).filter((valid) => !valid)).toHaveLength(8);
  });
});

describe("the Solidity libraries agree with the vectors", () => {
  type Op = { words: string[]; valid?: boolean; caller?: string };
  const wordsOf = ({ words }: Op) => words.map(BigInt) as unknown as OpWords;
  const addressOf = (value: string): Address => `0x${BigInt(value).toString(16).padStart(40, "0")}`;

  it("on domains, circuit ids and keys", async () => {
    for (const { homeChainId, homeContract, domain } of vectors.domains) {
      expect(await call("domainOf", [BigInt(homeChainId), addressOf(homeContract)])).toBe(BigInt(domain));
    }
    for (const { levels, maxOps, maxCells, id } of vectors.circuitIds) {
      expect(await call("circuitIdOf", [levels, maxOps, maxCells].map(BigInt))).toBe(BigInt(id));
    }
    for (const { about, x, y, usable } of vectors.keys) {
      expect(await call("isValidKey", [BigInt(x), BigInt(y)]), about).toBe(usable);
    }
  });

  it("on the words, challenge and evaluation of streams", async () => {
    for (const stream of vectors.streams) {
      const { argument } = encodeBatch({
        domain: 0n,
        size: stream.size,
        number: BigInt(stream.number),
        previousRoot: BigInt(stream.rootBefore),
        root: BigInt(stream.rootAfter),
        cellCount: stream.cellCountAfter,
        time: Number(stream.timeSeconds),
        ops: (stream.ops as Op[]).map((op) => ({
          words: wordsOf(op),
          valid: op.valid ?? true,
          ...(op.caller === undefined ? {} : { priority: { caller: addressOf(op.caller), queuedAt: 0 } }),
        })),
      });
      const { levels, maxOps, maxCells } = stream.size;
      const built = await call<readonly bigint[]>("streamOf", [
        { ...argument, blockHash: stream.blockHash },
        stream.cellCountBefore,
        BigInt(stream.domain),
        circuitIdOf({ levels, maxOps, maxCells }),
        BigInt(maxOps),
        stream.laneDataHash,
      ]);
      expect(built).toEqual([...stream.words.map(BigInt), ...spareWords]);
      const [, ...inputs] = await call<readonly bigint[]>("bind", [built, BigInt(stream.commitment)]);
      expect(inputs).toEqual([BigInt(stream.challenge), BigInt(stream.evaluation)]);
    }
  });

  const simulate = async (functionName: string, args: readonly unknown[]) =>
    (await chain.client.simulateContract({ address, abi: harness.abi, functionName, args })).result;
  const batchOf = (ops: readonly TestOp[]) => {
    const size = { levels: 3, maxOps: 16, maxCells: 8 };
    return encodeBatch({ domain: 0n, size, number: 1n, previousRoot: 1n, root: 1n, time: 2 ** 39, ops })
      .argument;
  };

  it("on the hashes of queue entries, whatever object the batch names for a creating kind", async () => {
    expect(vectors.queueEntries.length).toBeGreaterThan(3);
    for (const { kind, streamWords, caller, queuedAt, hash } of vectors.queueEntries) {
      const words = wordsOf({ words: streamWords });
      const priority = { caller: addressOf(caller), queuedAt: Number(queuedAt) };
      await simulate("consume", [hash, batchOf([{ words, priority }]), 16n]);
      const moved = [words[0] ^ (1n << 40n), words[1], words[2], words[3]] as const;
      const attempt = simulate("consume", [hash, batchOf([{ words: moved, priority }]), 16n]);
      const creates = ["deposit", "openAccount", "registerModel", "postTask"].includes(kind);
      if (creates) await attempt;
      else await expect(attempt, kind).rejects.toThrow();
    }
  });

  it("on the withdrawals of a batch, at home and on every mirror", async () => {
    for (const { mirrorCount, ops, chains } of vectors.withdrawals) {
      const queued = (ops as Op[]).map((op) => ({
        words: wordsOf(op),
        valid: op.valid ?? true,
        priority: { caller: address, queuedAt: 0 },
      }));
      for (const { chain, hash } of chains) {
        const args = [batchOf(queued), 16n, BigInt(mirrorCount), BigInt(chain)];
        expect(await simulate("withdrawalsHashOf", args), `chain ${chain}`).toBe(hash);
      }
    }
  });
});

type Point = typeof BASE8;

function multiply(point: Point, times: bigint): Point {
  let sum = point;
  for (let i = 1n; i < times; i++) sum = sum.add(point);
  return sum;
}

/** A random point times the subgroup's order has an order that divides 8. */
function pointOfOrder8(random: () => bigint): Point {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const y = random() % FIELD_PRIME;
    const x = abscissa(y);
    const point = x === null ? undefined : curvePoint(x, y);
    if (point === undefined) continue;
    const small = multiplyUnsafe(point, SUBGROUP_ORDER);
    if (!multiply(small, 4n).is0()) return small;
  }
  throw new RangeError("found no point of order 8");
}

function multiplyUnsafe(point: Point, scalar: bigint): Point {
  let result: Point | null = null;
  let addend = point;
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = result === null ? addend : result.add(addend);
    addend = addend.double();
  }
  if (result === null) throw new RangeError("the scalar is at least 1");
  return result;
}

/** x with 168700·x² + y² = 1 + 168696·x²·y², by Tonelli and Shanks. */
function abscissa(y: bigint): bigint | null {
  const p = FIELD_PRIME;
  const yy = (y * y) % p;
  const square = ((1n - yy + p) * power((168700n - ((168696n * yy) % p) + p) % p, p - 2n)) % p;
  if (power(square, (p - 1n) / 2n) !== 1n) return null;
  let odd = p - 1n;
  let twos = 0n;
  for (; odd % 2n === 0n; odd /= 2n) twos++;
  let c = power(5n, odd);
  let root = power(square, (odd + 1n) / 2n);
  let t = power(square, odd);
  while (t !== 1n) {
    let i = 0n;
    for (let s = t; s !== 1n; s = (s * s) % p) i++;
    let b = c;
    for (let j = 0n; j < twos - i - 1n; j++) b = (b * b) % p;
    twos = i;
    c = (b * b) % p;
    t = (t * c) % p;
    root = (root * b) % p;
  }
  return root;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base % FIELD_PRIME; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % FIELD_PRIME;
    square = (square * square) % FIELD_PRIME;
  }
  return result;
}
