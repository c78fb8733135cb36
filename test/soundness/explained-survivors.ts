/** What survives the two runs, and why that is harmless. */
import type { Explanation } from "./explanations.ts";

export const EXPLANATIONS: readonly Explanation[] = [];
