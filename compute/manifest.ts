import { type Hex, isHex } from "viem";
import { INT8_FORMAT } from "./model/int8-network.ts";

export const MANIFEST_FORMAT = "neura-model-manifest-v1";

/** What a registered model is. The ledger holds the manifest's content element; the manifest holds that of the weights. */
export interface ModelManifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly name: string;
  /** Oldest first; tasks run the last one. */
  readonly versions: readonly ModelVersion[];
  readonly dataSources: readonly { readonly name: string; readonly license: string; readonly use: string }[];
  readonly computeProviders: readonly { readonly name: string; readonly hardware: string }[];
  readonly billing: { readonly unit: string; readonly priceUnits: string; readonly shareBasisPoints: string };
}

export interface ModelVersion {
  readonly version: string;
  /** What runs the weights. */
  readonly runtime: typeof INT8_FORMAT;
  readonly weights: { readonly cid: string; readonly content: Hex };
}

/** The bytes are no manifest that this program understands. */
class ManifestError extends Error {
  override readonly name = "ManifestError";
  readonly code = "wrong-manifest";
  constructor(
    readonly part: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `manifest ${part}: expected ${expected}, got ${actual}. Serve only models whose manifest has this form.`,
    );
  }
}

export const encodeManifest = (manifest: ModelManifest): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);

/** The version that tasks run. Only this part of a manifest is acted on; the rest informs people. */
export function currentVersionOf(bytes: Uint8Array): ModelVersion {
  let manifest: Partial<ModelManifest> | null;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new ManifestError("text", "JSON", `${bytes.length} other bytes`);
  }
  if (manifest?.format !== MANIFEST_FORMAT) {
    throw new ManifestError("format", MANIFEST_FORMAT, String(manifest?.format));
  }
  const version = Array.isArray(manifest.versions)
    ? (manifest.versions.at(-1) as ModelVersion | undefined)
    : undefined;
  if (version?.runtime !== INT8_FORMAT) {
    throw new ManifestError("runtime", INT8_FORMAT, String(version?.runtime));
  }
  if (!isHex(version.weights?.content)) {
    throw new ManifestError("weights", "a content element", String(version.weights?.content));
  }
  return version;
}
