import type { StandardSchemaV1 } from '@standard-schema/spec';
import { WaybillError } from '../base/errors';
import { personalOf, shownIssue } from './personal';

/** The output of the schema. @throws WaybillError `MESSAGE_INVALID`, `MESSAGE_SCHEMA_ASYNC`, `MESSAGE_SCHEMA_TRANSFORMS` */
export function validated(name: string, schema: StandardSchemaV1, data: unknown): unknown {
  const result = schema['~standard'].validate(data);
  refuseAsync(name, result);
  if (result instanceof Promise) return undefined;
  if (!result.issues) {
    if (!stable.has(schema)) refuseTransform(name, schema, result.value);
    return result.value;
  }
  const problems = result.issues.slice(0, 5).map((issue) => {
    const path = issue.path?.map((p) => String(typeof p === 'object' ? p.key : p)) ?? [];
    return `${path.join('.') || 'data'}: ${shownIssue(personalOf(name), path[0], issue.message)}`;
  });
  throw new WaybillError('MESSAGE_INVALID', `${name} is not valid: ${problems.join('; ')}`, 'correct the named fields');
}

/** Schemas that leave their own output unchanged, which is checked with their first message. */
const stable = new WeakSet<StandardSchemaV1>();

/** The log keeps a schema's output, and reading checks it again: so a schema must leave its own output as it is. */
function refuseTransform(name: string, schema: StandardSchemaV1, value: unknown): void {
  const again = schema['~standard'].validate(value);
  if (again instanceof Promise || again.issues || JSON.stringify(again.value) !== JSON.stringify(value)) {
    throw new WaybillError(
      'MESSAGE_SCHEMA_TRANSFORMS',
      `the schema of ${name} does not accept its own output`,
      'transform the data before you build the message; let the schema only check and add defaults',
    );
  }
  stable.add(schema);
}

/** @throws WaybillError `MESSAGE_SCHEMA_ASYNC` */
export function refuseAsync(name: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => undefined);
  throw new WaybillError('MESSAGE_SCHEMA_ASYNC', `the schema of ${name} is asynchronous`, 'use a schema that validates synchronously');
}
