/** Where in which process a call happens. */
export interface Context {
  /** The tenant the process instance belongs to, such as `<default>`. */
  readonly tenant: string;
  /** The `id` of the BPMN process. */
  readonly process: string;
  /** The deployed version of the process, counted from 1. */
  readonly version: number;
  /** The key of the process instance. */
  readonly instanceKey: bigint;
  /** The `id` of the BPMN element that called the step. */
  readonly elementId: string;
  /** The key of this activation of that element. */
  readonly elementInstanceKey: bigint;
  /** The key of the job this call works on. */
  readonly jobKey: bigint;
  /**
   * The same for every attempt at one job and different for every other job. Hand it to the
   * services you call, so that a repeated attempt has no second effect.
   */
  readonly idempotencyKey: string;
  /** Which attempt this is, counted from 1. */
  readonly attempt: number;
  /** When the host cuts the call off. */
  readonly deadline: Date;
  /** The task headers (`zeebe:header`) by their keys. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * An outcome the process expects: thrown at the task as a BPMN error, caught by an error boundary
 * event with the same code. Without a catcher it becomes an incident.
 */
export class BpmnError extends Error {
  /**
   * @param code what a catching event is matched by
   * @param message a sentence for people
   * @param variables become variables of the scope that catches the error
   */
  constructor(code: string, message?: string, variables?: Readonly<Record<string, unknown>>);
  readonly code: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A technical fault that another attempt may cure. */
export class Retryable extends Error {
  /** `afterMs` is the time to wait before the next attempt; without it the task's own applies. */
  constructor(message: string, options?: { afterMs?: number; cause?: unknown });
  readonly afterMs: number | undefined;
}

/** A fault that no further attempt cures: an incident at once. */
export class Permanent extends Error {
  /** `message` says what an operator must mend. */
  constructor(message: string, options?: { cause?: unknown });
}

/** An exact decimal number. Written to JSON digit by digit. */
export class Decimal {
  /** Throws a `RangeError` where `value` is no decimal number of at most 10,000 digits. */
  constructor(value: string | number | bigint | Decimal);
  plus(other: string | number | bigint | Decimal): Decimal;
  minus(other: string | number | bigint | Decimal): Decimal;
  times(other: string | number | bigint | Decimal): Decimal;
  /** -1, 0 or 1, as this is less than, equal to or greater than `other`. */
  compare(other: string | number | bigint | Decimal): -1 | 0 | 1;
  /** To so many decimal places, half a unit away from zero. */
  round(places: number): Decimal;
  /** Throws a `RangeError` where a JavaScript number would have another value. */
  toNumber(): number;
  toString(): string;
}

/** A JSON Schema. The input is checked against `type`, `enum`, `required`, `properties`, `items`. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a step tells about itself. */
export interface Description {
  /** The step's name; that of `step.toml` where absent. */
  name?: string;
  /** The step's version; that of `step.toml` where absent. */
  version?: string;
  /** What the step does, in plain text. */
  docs?: string;
  /** JSON Schema of the input. An input that does not fit is a permanent failure. */
  input?: Schema;
  /** JSON Schema of the output, for readers. */
  output?: Schema;
  /** The codes of the BPMN errors the step may throw, and when it does. */
  errors?: Readonly<Record<string, string>>;
  /**
   * How the numbers of the input arrive. `"checked"`, the default: as JavaScript numbers; one that
   * they cannot hold exactly is a permanent failure. `"exact"`: each as a `Decimal`.
   */
  numbers?: "checked" | "exact";
}

/** A declared step. */
export interface Step<Input, Output> {
  readonly description: Description;
  readonly run: (context: Context, input: Input) => Output | Promise<Output>;
}

/**
 * Declares a step; make it the module's default export. The output is written as a JSON object:
 * a `bigint` and a `Decimal` as exact numbers.
 */
export function step<Input extends object, Output extends object | void>(
  description: Description,
  run: (context: Context, input: Input) => Output | Promise<Output>,
): Step<Input, Output>;

/**
 * Calls a step as the host does: JSON text in, JSON text out. Rejects with `BpmnError`,
 * `Retryable` or `Permanent`.
 */
export function invoke<Input, Output>(
  step: Step<Input, Output>,
  context: Context,
  input: string,
): Promise<string>;

/** A context for tests; whatever is not given has a plausible value. */
export function contextForTest(given?: Partial<Context>): Context;
