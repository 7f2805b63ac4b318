import type { StandardSchemaV1 } from '@standard-schema/spec';
import { MAX_DEPTH, canonical } from '../base/canonical-json';
import { WaybillError } from '../base/errors';
import { personalOf, shownIssue } from './personal';
import type { Fields } from './types';

/** The output of the schema. @throws WaybillError `MESSAGE_INVALID`, `MESSAGE_SCHEMA_ASYNC`, `MESSAGE_SCHEMA_TRANSFORMS` */
export function validated(name: string, schema: StandardSchemaV1, data: unknown): unknown {
  const result = schema['~standard'].validate(data);
  refuseAsync(name, result);
  if (result instanceof Promise) return undefined;
  if (!result.issues) {
    if (!isKept(data, result.value)) refuseTransform(name, schema, result.value);
    return result.value;
  }
  const problems = result.issues.slice(0, 5).map((issue) => {
    const path = issue.path?.map((p) => String(typeof p === 'object' ? p.key : p)) ?? [];
    return `${path.join('.') || 'data'}: ${shownIssue(personalOf(name), path[0], issue.message)}`;
  });
  throw new WaybillError('MESSAGE_INVALID', `${name} is not valid: ${problems.join('; ')}`, 'correct the named fields');
}

/** The output of the schema where it accepts the data, else the data: what was taken in stays taken in, whatever a schema says later. */
export function completed(name: string, schema: StandardSchemaV1, data: unknown): unknown {
  try {
    return validated(name, schema, data);
  } catch {
    return data;
  }
}

/** Whether the output is the input, and JSON that reads back as it is: then there is nothing to check. */
function isKept(input: unknown, output: unknown, depth = 0): boolean {
  if (typeof output !== 'object' || output === null) return input === output && isJson(output);
  if (typeof input !== 'object' || input === null || depth > MAX_DEPTH) return false;
  const differs = (one: unknown, other: unknown): boolean => !isKept(one, other, depth + 1);
  if (Array.isArray(output)) {
    // Unlike `every`, `findIndex` visits holes.
    return Array.isArray(input) && input.length === output.length && output.findIndex((value, i) => differs(input[i], value)) < 0;
  }
  const prototype: unknown = Object.getPrototypeOf(output);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const keys = Object.keys(output);
  if (Array.isArray(input) || keys.length !== Object.keys(input).length) return false;
  return !keys.some((key) => differs((input as Fields)[key], (output as Fields)[key]));
}

function isJson(leaf: unknown): boolean {
  return leaf === null || typeof leaf === 'string' || typeof leaf === 'boolean' || Number.isFinite(leaf);
}

/**
 * The log keeps the text of a schema's output, and reading checks it again. So each output must pass, as its text reads back,
 * and come out unchanged; of one message alone nobody could tell, for a transform may leave it as it is.
 */
function refuseTransform(name: string, schema: StandardSchemaV1, output: unknown): void {
  const text = canonical(output);
  const again = schema['~standard'].validate(JSON.parse(text));
  refuseAsync(name, again);
  if (!(again instanceof Promise) && !again.issues && canonical(again.value) === text) return;
  throw new WaybillError(
    'MESSAGE_SCHEMA_TRANSFORMS',
    `the schema of ${name} does not accept its own output, as the log keeps it`,
    'transform the data before you build the message, and let a field that may be undefined be optional; a schema only checks and adds defaults',
  );
}

/** @throws WaybillError `MESSAGE_SCHEMA_ASYNC` */
export function refuseAsync(name: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => undefined);
  throw new WaybillError('MESSAGE_SCHEMA_ASYNC', `the schema of ${name} is asynchronous`, 'use a schema that validates synchronously');
}
