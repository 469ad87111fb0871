/**
 * What of other people's work goes to browsers, under which licences: for the page /credits, and because the
 * licences themselves ask that their notices go with the work.
 */

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Packages that no script imports: styles, icons and fonts; the outlines of countries. */
const ALSO = ["bootstrap-italia", "world-atlas"];

/** Fonts come within a package, under licences of their own. */
const FONTS = [
  { name: "Titillium Web", licence: "OFL-1.1", file: "Titillium_Web/OFL.txt" },
  { name: "Roboto Mono", licence: "Apache-2.0", file: "Roboto_Mono/LICENSE.txt" },
];

/**
 * @param {string} here the folder of node_modules
 * @param {string[]} inputs the files that were bundled, by their paths from there
 * @returns {Promise<string>} JSON: name, version, licence (SPDX), address and notice of each, sorted by name
 */
export async function makeLicences(here, inputs) {
  const names = new Set(ALSO);
  for (const path of inputs) {
    const found = path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)?.at(-1);
    if (found) names.add(found.slice("node_modules/".length, -1));
  }
  const packages = await Promise.all([...names].sort().map((name) => describe(here, name)));
  const fonts = await Promise.all(
    FONTS.map(async ({ name, licence, file }) => ({
      name,
      version: "",
      licence,
      url: "",
      notice: await readFile(join(here, "node_modules/bootstrap-italia/src/fonts", file), "utf-8"),
    })),
  );
  return `${JSON.stringify([...packages, ...fonts], null, 1)}\n`;
}

/** @returns {Promise<{name: string, version: string, licence: string, url: string, notice: string}>} */
async function describe(here, name) {
  const folder = join(here, "node_modules", name);
  const told = JSON.parse(await readFile(join(folder, "package.json"), "utf-8"));
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile()); // echarts has a folder licenses
  const files = entries.map(({ name }) => name).filter((file) => /^(licen[sc]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf-8")));
  const repository = typeof told.repository === "string" ? told.repository : (told.repository?.url ?? "");
  const address = (told.homepage ?? repository).replace(/^git\+/, "").replace(/\.git$/, "");
  return {
    name,
    version: told.version,
    licence: typeof told.license === "string" ? told.license : (told.license?.type ?? ""),
    url: address.startsWith("https://") ? address : "",
    notice: texts.map((text) => text.trim()).join("\n\n"),
  };
}
