// Makes a component of a step: `node componentize.mjs JSON`, with absolute paths for `tools` (the
// folder that has node_modules), `entry`, `wit`, `out` (the component) and `work`, with the
// aliases of modules, the name of the world, and the `features` of the engine.

import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { tools, entry, alias, wit, world, out, work, features } = JSON.parse(process.argv[2]);

// componentize-js makes a folder of a random name, which its bindings remember.
Math.random = () => 0;
process.env.TMPDIR = join(work, "componentize");
mkdirSync(process.env.TMPDIR, { recursive: true });

const installed = (path) => join(tools, "node_modules", path);
const { build } = createRequire(installed("tools.js"))("esbuild");
const { DEFAULT_FEATURES, componentize } = await import(
  pathToFileURL(installed("@bytecodealliance/componentize-js/src/componentize.js")).href
);

const bundle = join(work, "step.js");
try {
  await build({
    entryPoints: [entry],
    outfile: bundle,
    alias,
    bundle: true,
    charset: "utf8",
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2023",
    // Interfaces that the world imports.
    external: ["wasi:*", "anyam:*"],
    logLevel: "error",
    color: false,
  });
} catch {
  // It has told what is wrong.
  process.exit(1);
}

try {
  const { component } = await componentize({
    sourcePath: bundle,
    witPath: wit,
    worldName: world,
    disableFeatures: DEFAULT_FEATURES.filter((feature) => !features.includes(feature)),
  });
  writeFileSync(out, component);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
