/** The parts of circomlibjs that only tests use, as independent implementations to compare with. */
declare module "circomlibjs" {
  interface ReferenceField {
    e(value: bigint): Uint8Array;
    toObject(element: Uint8Array): bigint;
  }
  interface ReferencePoseidon {
    (inputs: readonly bigint[]): Uint8Array;
    F: ReferenceField;
  }
  interface ReferenceEddsa {
    F: ReferenceField;
    babyJub: {
      Base8: [Uint8Array, Uint8Array];
      mulPointEscalar(base: [Uint8Array, Uint8Array], scalar: bigint): [Uint8Array, Uint8Array];
    };
    signPoseidon(key: Uint8Array, message: Uint8Array): { R8: readonly [Uint8Array, Uint8Array]; S: bigint };
    prv2pub(key: Uint8Array): [Uint8Array, Uint8Array];
    verifyPoseidon(
      message: Uint8Array,
      signature: { R8: readonly [Uint8Array, Uint8Array]; S: bigint },
      publicKey: readonly [Uint8Array, Uint8Array],
    ): boolean;
  }
  export function buildEddsa(): Promise<ReferenceEddsa>;
  export function buildPoseidonReference(): Promise<ReferencePoseidon>;
}
