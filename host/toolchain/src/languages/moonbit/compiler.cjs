// MoonBit's compiler in Node.js. It comes as a web worker, and its core library as sources inside of
// an editor for the browser; both are in the npm package of that editor.
//
//   node compiler.cjs library EDITOR LIBRARY        compiles the core library into a new folder
//   node compiler.cjs build EDITOR LIBRARY PLAN     compiles and links the packages of a plan
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const TARGET = "wasm";
const CORE = "moonbitlang/core";
const CORE_SOURCES = `${CORE}:moonbit-core:/lib/core`;
/** The order in which the packages of the library are linked. */
const ORDER = "order.json";

const [command, editor, library, plan] = process.argv.slice(2);

/** Loads the worker; gives a function that calls one of its own. */
function compiler() {
  const listeners = [];
  const waiting = new Map();
  globalThis.self = globalThis;
  globalThis.addEventListener = (type, listener) => {
    if (type === "message") listeners.push(listener.handleEvent?.bind(listener) ?? listener);
  };
  globalThis.removeEventListener = () => {};
  globalThis.postMessage = (message) => waiting.get(message.id)?.(message);
  // It prints what it answers, too, with paths that nobody has.
  const write = fs.writeSync;
  fs.writeSync = (to, bytes, ...rest) => (to <= 2 ? bytes.length : write(to, bytes, ...rest));
  const file = path.join(editor, "dist/moonc-worker.js");
  const names = ["require", "module", "exports"];
  const load = vm.compileFunction(fs.readFileSync(file, "utf8"), names, { filename: file });
  load(require, { exports: {} }, {});
  let calls = 0;
  return async (name, value) => {
    const id = String(++calls);
    const answer = await new Promise((resolve) => {
      waiting.set(id, resolve);
      const argumentList = [{ type: "RAW", value }];
      for (const listener of listeners) {
        listener({ data: { id, type: "APPLY", path: [name], argumentList }, origin: "" });
      }
    });
    if (answer.type === "HANDLER") throw new Error(`${name}: ${JSON.stringify(answer.value)}`);
    return answer.value;
  };
}

/** Compiles a package; ends the program with what the compiler says where it cannot be. */
async function compile(call, name, files, imports, std, sources, folder) {
  const built = await call("buildPackage", {
    mbtFiles: files,
    miFiles: imports,
    indirectImportMiFiles: [],
    stdMiFiles: std,
    target: TARGET,
    pkg: name,
    pkgSources: [sources],
    isMain: false,
    errorFormat: "human",
    enableValueTracing: false,
    noOpt: false,
  });
  if (built.core && built.mi) return built;
  const told = built.diagnostics.map((text) => text.replaceAll(folder, "").trimEnd());
  throw new Error(told.join("\n"));
}

/** The files inside of the editor, by their paths in it. */
function embedded() {
  const text = fs.readFileSync(path.join(editor, "dist/moonpad-monaco.js"), "utf8");
  const values = new Map();
  for (const [, name, value] of text.matchAll(/([\w$]+) = [\w$]+\("([A-Za-z0-9+/=]*)"\)/g)) {
    values.set(name, value);
  }
  const files = new Map();
  for (const [, file, name] of text.matchAll(/\["(\/lib\/core\/[^"]+)"\] = ([\w$]+);/g)) {
    if (values.has(name)) files.set(file, Buffer.from(values.get(name), "base64").toString());
  }
  return files;
}

/** The packages of the library, each after those that it imports. */
function sorted(packages) {
  const order = new Set();
  const visit = (name) => {
    for (const { path } of packages.get(name).deps) visit(path);
    order.add(name);
  };
  for (const name of packages.keys()) visit(name);
  return [...order];
}

const interfaceFile = (name) => `/${name}/${name.split("/").pop()}.mi`;
const fileName = (name) => name.replaceAll("/", "+");

async function compileLibrary() {
  const files = embedded();
  const listed = JSON.parse(files.get("/lib/core/_build/packages.json"));
  const packages = new Map(listed.packages.map((entry) => [`${CORE}/${entry.rel}`, entry]));
  const order = sorted(packages);
  const call = compiler();
  const interfaces = new Map();
  const reached = new Map();
  for (const name of order) {
    const { files: sources, deps } = packages.get(name);
    const used = Object.keys(sources).filter(
      (file) => sources[file].backend.includes("Wasm") && sources[file].optlevel.includes("Release"),
    );
    const texts = used.map((file) => [file, files.get(file.replace("moonbit-core:", ""))]);
    const aliases = new Map(deps.map(({ path, alias }) => [path, alias]));
    // A method may be called of a type that an imported package has from another.
    const all = new Set(deps.flatMap(({ path }) => [path, ...reached.get(path)]));
    reached.set(name, all);
    const imports = [...all].map((other) => [
      `${interfaceFile(other)}:${aliases.get(other) ?? other}`,
      interfaces.get(other),
    ]);
    const built = await compile(call, name, texts, imports, [], CORE_SOURCES, "moonbit-core:");
    interfaces.set(name, built.mi);
    fs.writeFileSync(path.join(library, `${fileName(name)}.mi`), built.mi);
    fs.writeFileSync(path.join(library, `${fileName(name)}.core`), built.core);
  }
  fs.writeFileSync(path.join(library, ORDER), JSON.stringify(order));
}

async function build() {
  const { packages, main, exports, output } = JSON.parse(fs.readFileSync(plan, "utf8"));
  const read = (name, end) => new Uint8Array(fs.readFileSync(path.join(library, `${fileName(name)}.${end}`)));
  const order = JSON.parse(fs.readFileSync(path.join(library, ORDER), "utf8"));
  const std = order.map((name) => [interfaceFile(name), read(name, "mi")]);
  const coreFiles = order.map((name) => read(name, "core"));
  const pkgSources = [CORE_SOURCES];
  const interfaces = new Map();
  const call = compiler();
  for (const { name, files, imports } of packages) {
    const texts = files.map(({ name, path }) => [name, fs.readFileSync(path, "utf8")]);
    const used = imports.map(({ name, alias }) => [
      `${interfaceFile(name)}:${alias}`,
      interfaces.get(name),
    ]);
    const folder = `/${name}`;
    const built = await compile(call, name, texts, used, std, `${name}:${folder}`, `${folder}/`);
    interfaces.set(name, built.mi);
    coreFiles.push(built.core);
    pkgSources.push(`${name}:${folder}`);
  }
  const linked = await call("linkCore", {
    coreFiles,
    main,
    pkgSources,
    target: TARGET,
    exportedFunctions: exports,
    outputFormat: "wasm",
    testMode: false,
    debug: false,
    noOpt: false,
    sourceMap: false,
    sources: {},
    stopOnMain: false,
  });
  fs.writeFileSync(output, linked.result);
}

const commands = { library: compileLibrary, build };
commands[command]().then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.message}\n`, () => process.exit(1));
  },
);
