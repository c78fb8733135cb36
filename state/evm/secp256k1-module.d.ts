/** What the node uses of secp256k1's native half. The package's own types are of its other half, too. */
declare module "secp256k1/bindings.js" {
  const curve: {
    /** Throws when there is no such key. */
    readonly ecdsaRecover: (
      signature: Uint8Array,
      recoveryId: number,
      digest: Uint8Array,
      isCompressed: boolean,
    ) => Uint8Array;
  };
  export default curve;
}
