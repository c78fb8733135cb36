/** The part of ffjavascript (which ships no types) that this project uses. */
declare module "ffjavascript" {
  export interface Bn128 {
    readonly tm: { readonly code: Uint8Array<ArrayBuffer>; readonly pG1gen: number; readonly pG2gen: number };
  }
  /** `singleThread` true: no worker threads, and not shared with other callers. */
  export function buildBn128(singleThread: boolean): Promise<Bn128>;
}
