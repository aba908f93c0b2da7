// The WebAssembly side: a step as the exports of the world `anyam:step/step`. Only the build's own
// entry module imports this.

import { contextOf } from "./context.js";
import { describe, invoke, variantOf } from "./step.js";

/** The interfaces that a component exports, from a step's module and its `step.toml`. */
export function exportsOf(module, project) {
  const declared = module.default;
  if (declared === null || typeof declared !== "object" || typeof declared.run !== "function") {
    throw new TypeError(`${project.source} must export a step: export default step({ ... }, (context, input) => ...)`);
  }
  return {
    handler: {
      async handle(context, input) {
        try {
          return await invoke(declared, contextOf(context), input);
        } catch (failure) {
          if (failure.cause !== undefined) console.error(failure.cause);
          throw variantOf(failure);
        }
      },
    },
    manifest: {
      describe: () => describe(declared, project),
    },
  };
}
