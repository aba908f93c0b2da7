// How a step ends without a result.

/** An outcome the process expects and may catch with an error boundary event. */
export class BpmnError extends Error {
  constructor(code, message = "", variables = {}) {
    super(message);
    this.name = "BpmnError";
    this.code = code;
    this.variables = variables;
  }
}

/** A technical fault that another attempt may cure. */
export class Retryable extends Error {
  constructor(message, options = {}) {
    super(message, options);
    this.name = "Retryable";
    this.afterMs = options.afterMs;
  }
}

/** A fault that no further attempt cures: an incident at once. */
export class Permanent extends Error {
  constructor(message, options = {}) {
    super(message, options);
    this.name = "Permanent";
  }
}

// The same input fails the same way every time. TypeError is not among them: `fetch` throws it
// where the network fails.
const HOPELESS = [RangeError, ReferenceError, SyntaxError, URIError];

/**
 * Whatever a step threw as one of the three.
 *
 * @param {unknown} thrown
 * @returns {BpmnError | Retryable | Permanent}
 */
export function failureOf(thrown) {
  if (thrown instanceof BpmnError || thrown instanceof Retryable || thrown instanceof Permanent) {
    return thrown;
  }
  const hopeless = HOPELESS.some((kind) => thrown instanceof kind);
  const message = withCauses(thrown);
  return hopeless ? new Permanent(message) : new Retryable(message);
}

/** Most causes that are told: an error may be its own cause. */
const MOST_CAUSES = 8;

function withCauses(thrown) {
  const parts = [];
  for (let next = thrown; next !== undefined && parts.length < MOST_CAUSES; next = next?.cause) {
    parts.push(next instanceof Error ? `${next.name}: ${next.message}` : String(next));
    if (!(next instanceof Error)) break;
  }
  return parts.join(": ");
}
