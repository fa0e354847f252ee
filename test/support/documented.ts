import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type Schema = { [keyword: string]: unknown };
type Reply = { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> };
type Operation = {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly responses: Readonly<Record<string, Reply>>;
};

export type OpenApi = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

const ajv = new Ajv2020({ allErrors: true, strict: false });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);

/** What the docs say of that answer, as a check; undefined where they know no such status or media type. */
export function documented(
  { paths }: OpenApi,
  path: string,
  status: number,
  contentType: string,
): ValidateFunction | undefined {
  const schema = paths[path]?.get?.responses[status]?.content?.[contentType.split(';')[0] ?? '']?.schema;
  return schema === undefined ? undefined : ajv.compile(closed(schema));
}

/** The same schema, and no member besides those that it names: what is not documented is a mistake too. */
function closed(schema: Schema, part = false): Schema {
  const entries = Object.entries(schema).map(([keyword, value]): [string, unknown] => {
    if (keyword === 'properties' && isSchema(value)) return [keyword, mapValues(value, closed)];
    if (keyword === 'items' && isSchema(value)) return [keyword, closed(value)];
    if (keyword === 'allOf' && Array.isArray(value)) return [keyword, value.map((item) => closed(item, true))];
    return [keyword, value];
  });
  const named = Object.hasOwn(schema, 'properties') || Object.hasOwn(schema, 'allOf');
  return { ...Object.fromEntries(entries), ...(named && !part && { unevaluatedProperties: false }) };
}

function mapValues(schemas: Schema, change: (schema: Schema) => Schema): Schema {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, isSchema(schema) ? change(schema) : schema]),
  );
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
