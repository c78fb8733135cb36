/** In place of hashes that the Poseidon library's package also holds and the SDK never calls. */
export default function absentHash(): never {
  throw new Error("this hash is not part of the SDK's build for browsers: the SDK itself never uses it");
}
