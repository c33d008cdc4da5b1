// Builds the browser client: one reproducible file, with its hash and licences beside it.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2] ?? join(here, "../app/pages/static");
const LIMIT = 20_000;

const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  banner: {
    js: "/*! Debrief, Apache-2.0. Holds noble-curves and noble-hashes: MIT License (c) 2022 Paul Miller (paulmillr.com), see blind.js.LEGAL.txt */",
  },
  write: false,
});
const bundle = Buffer.from(outputFiles[0].contents);
const size = gzipSync(bundle, { level: 9 }).length;
const licences = ["curves", "hashes"].map(
  (name) => `@noble/${name}\n\n${readFileSync(join(here, "node_modules/@noble", name, "LICENSE"), "utf8").trim()}\n`,
);

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "blind.js"), bundle);
writeFileSync(join(folder, "blind.js.integrity"), `sha384-${createHash("sha384").update(bundle).digest("base64")}\n`);
writeFileSync(join(folder, "blind.js.LEGAL.txt"), licences.join("\n"));

// Copies Swagger UI as published, without the line that names a source map, since the server does not serve one.
const swagger = join(here, "node_modules/swagger-ui-dist");
for (const [name, source] of [["swagger-ui.js", "swagger-ui-bundle.js"], ["swagger-ui.css", "swagger-ui.css"]]) {
  const text = readFileSync(join(swagger, source), "utf8").replace(/\n?(\/\/|\/\*)# sourceMappingURL=.*\n?$/, "\n");
  writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, `${name}.integrity`), `sha384-${createHash("sha384").update(text).digest("base64")}\n`);
}
const notices = ["NOTICE", "LICENSE", "swagger-ui-bundle.js.LICENSE.txt"].map((name) =>
  readFileSync(join(swagger, name), "utf8").trim(),
);
writeFileSync(join(folder, "swagger-ui.LEGAL.txt"), `${notices.join("\n\n")}\n`);

console.log(`blind.js: ${bundle.length} bytes, ${size} with gzip (limit ${LIMIT})`);
if (size > LIMIT) process.exitCode = 1;
