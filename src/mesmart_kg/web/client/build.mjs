/**
 * Makes what pages carry: `node build.mjs` reads styles/, scripts/ and the pictures here, and writes
 * `../static/`, whose every file has a hash of its content in its name, so that browsers may keep it for ever.
 *
 * `assets.json`, written last, maps the names that pages use (`site.css`) to files (`site-K3J5.css`); where
 * it helps, a `.gz` twin lies beside a file. The same sources give the same bytes.
 */

import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { compile } from "sass";
import { makeLicences } from "./licences.mjs";
import { makeOutlines } from "./outlines.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const WEB = dirname(HERE);
const OUT = join(WEB, "static");
const ITALIA = join(HERE, "node_modules", "bootstrap-italia", "src");
const PACKED = new Set([".css", ".js", ".json", ".svg"]);

/** Of Sass's warnings these speak of the packages' way of writing, which is not ours to change. */
const SILENT = ["import", "global-builtin", "color-functions", "if-function"];

const scss = {
  name: "scss",
  setup({ onLoad }) {
    onLoad({ filter: /\.scss$/ }, ({ path }) => {
      const options = {
        loadPaths: [join(ITALIA, "scss")],
        quietDeps: true,
        silenceDeprecations: SILENT,
        verbose: true,
      };
      const { css } = compile(path, options);
      return { contents: css, loader: "css", resolveDir: dirname(path) };
    });
  },
};

/** @returns {Promise<Map<string, {file: string, content: Uint8Array}>>} files by the names pages know them by */
async function bundle() {
  const scripts = (await readdir(join(HERE, "scripts"))).filter((name) => name.endsWith(".js"));
  const { metafile, outputFiles } = await build({
    absWorkingDir: HERE,
    entryPoints: ["styles/site.scss", ...scripts.map((name) => `scripts/${name}`)],
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    assetNames: "[name]-[hash]",
    outdir: OUT,
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["chrome109", "firefox115", "safari16"],
    minify: true,
    charset: "utf8",
    legalComments: "none",
    loader: { ".woff2": "file", ".svg": "file", ".png": "file" },
    plugins: [scss],
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const made = new Map();
  const sheets = new Set(Object.values(metafile.outputs).map(({ cssBundle }) => cssBundle));
  const contents = new Map(outputFiles.map(({ path, contents }) => [relative(OUT, path), contents]));
  for (const [path, { entryPoint, cssBundle }] of Object.entries(metafile.outputs)) {
    if (sheets.has(path)) continue; // told below, by the name of its script
    const file = relative(OUT, join(HERE, path));
    const name = entryPoint ? basename(entryPoint).replace(/\.scss$/, ".css") : file;
    made.set(name, { file, content: contents.get(file) });
    if (entryPoint && cssBundle) {
      // A style sheet that a script imports: `map.js` has its `map.css`.
      const sheet = relative(OUT, join(HERE, cssBundle));
      made.set(name.replace(/\.js$/, ".css"), { file: sheet, content: contents.get(sheet) });
    }
  }
  const licences = Buffer.from(await makeLicences(HERE, Object.keys(metafile.inputs)));
  made.set("licences.json", { file: sign("licences.json", licences), content: licences });
  return made;
}

/**
 * One file of the icons that templates and scripts name, by the names that the package gives them.
 *
 * @returns {Promise<string>} SVG with a symbol for each
 */
async function makeSprite() {
  const known = new Set((await readdir(join(ITALIA, "svg"))).map((name) => basename(name, ".svg")));
  const used = new Set();
  for (const folder of [join(WEB, "templates"), join(HERE, "scripts")]) {
    for (const name of await readdir(folder, { recursive: true })) {
      if (![".html", ".js"].includes(extname(name))) continue;
      const text = await readFile(join(folder, name), "utf-8");
      for (const [, icon] of text.matchAll(/["'](it-[a-z0-9-]+)["']/g)) if (known.has(icon)) used.add(icon);
    }
  }
  const symbols = [...used].sort().map(async (icon) => {
    const drawing = await readFile(join(ITALIA, "svg", `${icon}.svg`), "utf-8");
    const [, box] = drawing.match(/viewBox="([^"]+)"/);
    const inner = drawing.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
    return `<symbol id="${icon}" viewBox="${box}">${inner.trim()}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${(await Promise.all(symbols)).join("")}</svg>\n`;
}

/** The name of a file with the hash of its content in it, as esbuild gives its own. */
function sign(name, content) {
  const ending = extname(name);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10).toUpperCase();
  return `${name.slice(0, -ending.length)}-${hash}${ending}`;
}

async function main() {
  const pictures = [
    { name: "icon.svg", content: await readFile(join(HERE, "icon.svg")) },
    { name: "icons.svg", content: Buffer.from(await makeSprite()) },
    ...(await makeOutlines()).map(({ name, content }) => ({ name, content: Buffer.from(content) })),
  ];
  const made = await bundle();
  for (const { name, content } of pictures) made.set(name, { file: sign(name, content), content });

  const written = new Set(["assets.json"]);
  for (const { file, content } of made.values()) {
    await mkdir(dirname(join(OUT, file)), { recursive: true });
    await writeFile(join(OUT, file), content);
    written.add(file);
    if (!PACKED.has(extname(file)) || content.length < 1000) continue;
    await writeFile(join(OUT, `${file}.gz`), gzipSync(content, { level: 9 }));
    written.add(`${file}.gz`);
  }
  const names = [...made].map(([name, { file }]) => [name, file]).sort(([a], [b]) => (a < b ? -1 : 1));
  await writeFile(join(OUT, "assets.json"), `${JSON.stringify(Object.fromEntries(names), null, 1)}\n`);
  for (const entry of await readdir(OUT, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && !written.has(relative(OUT, path))) await rm(path);
  }
  for (const entry of await readdir(OUT, { withFileTypes: true })) {
    if (entry.isDirectory()) await rmdir(join(OUT, entry.name)).catch(() => {}); // it holds something
  }
  for (const [name, { file, content }] of made) {
    if (/^(\w+\.(js|css))$/.test(name)) {
      const packed = gzipSync(content, { level: 9 }).length;
      console.log(`${name.padEnd(16)} ${String(packed).padStart(8)} bytes packed   ${file}`);
    }
  }
}

await main();
