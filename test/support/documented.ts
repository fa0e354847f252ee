import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export type Schema = { [keyword: string]: unknown };
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
type Reply = {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly content?: Content;
};
export type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
  readonly description?: string;
  readonly example?: unknown;
};
export type Operation = {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
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

const NO_BODY = ajv.compile({ const: '' });

/** What the docs say of that answer, as a check; undefined where they know no such status or media type. */
export function documented(
  { paths }: OpenApi,
  { method = 'GET', route }: { method?: string; route: string },
  status: number,
  contentType: string,
): ValidateFunction | undefined {
  const reply = paths[route]?.[method.toLowerCase()]?.responses[status];
  // A 204 or 304 has neither a body nor a type of one.
  if (contentType === '' && reply !== undefined && reply.content === undefined) return NO_BODY;
  const schema = reply?.content?.[contentType.split(';')[0] ?? '']?.schema;
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

/** Every operation of the docs, as METHOD and route. */
export function operationsOf({ paths }: OpenApi): { method: string; route: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([route, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), route, operation })),
  );
}

/** Where the leaves of a schema are that are text or a number and have no example, format or fixed value. */
export function withoutExample(schema: Schema, at: string): string[] {
  if (['examples', 'example', 'format', 'const', 'enum', 'default'].some((keyword) => keyword in schema)) return [];
  const inner = Object.entries(isSchema(schema.properties) ? schema.properties : {});
  const parts: [string, unknown][] = [
    ...inner,
    ...(isSchema(schema.items) ? [['[]', schema.items] as [string, unknown]] : []),
    ...(Array.isArray(schema.allOf) ? schema.allOf.map((item): [string, unknown] => ['', item]) : []),
  ];
  if (parts.length === 0) return schema.type === 'boolean' || schema.type === 'null' ? [] : [at];
  return parts.flatMap(([name, part]) => (isSchema(part) ? withoutExample(part, `${at}/${name}`) : []));
}
