/** `npm run sdk:browser -- FILE` */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleForBrowser } from "./bundle.ts";

const usage =
  "npm run sdk:browser -- FILE: writes the SDK as one ES module for web pages, for example sdk.js";

const [file, ...rest] = process.argv.slice(2);
if (file === undefined || file.startsWith("-") || rest.length > 0) {
  process.stderr.write(`${usage}\n`);
  process.exit(1);
}
const entry = fileURLToPath(new URL("../index.ts", import.meta.url));
const text = await bundleForBrowser({ entry, format: "esm" });
writeFileSync(file, text);
process.stdout.write(`${file}: ${Math.ceil(text.length / 1024)} KiB\n`);
