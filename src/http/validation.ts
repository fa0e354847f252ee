import { Ajv, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';

const shared = { allErrors: true, useDefaults: true } as const;

// Paths and query strings are text, so "20" is the number it says. A JSON body says itself what is a number.
const forText = new Ajv({ ...shared, coerceTypes: true });
const forJson = new Ajv({ ...shared, coerceTypes: false });

/** Compiles the schema of one part of a request when the first such request comes: nothing waits for it at start. */
export const validatorFor: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  let validate: ValidateFunction | undefined;
  return (data: unknown) => {
    validate ??= (httpPart === 'body' ? forJson : forText).compile(schema);
    return validate(data) || { error: validate.errors ?? [] };
  };
};
