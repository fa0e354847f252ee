import { readFileSync } from 'node:fs';
import Type, { type Static, type TObject } from 'typebox';
import Value from 'typebox/value';
import { messageOf } from '../../error-message.ts';

/** An expression of SQLite's: a column, or anything a select may contain. */
const expression = Type.String({ minLength: 1 });
const optional = Type.Optional(expression);

/** Where the rows of one table come from. `from` may join; `where` picks. */
const part = <Columns extends TObject>(columns: Columns) =>
  Type.Object({ from: expression, where: optional, columns }, { additionalProperties: false });

const strictly = { additionalProperties: false } as const;

const mappingSchema = Type.Object(
  {
    /** keep: as in the file, for an empty application only. new: numbered after those that are there. */
    ids: Type.Optional(Type.Enum(['keep', 'new'])),
    users: part(
      Type.Object(
        {
          id: expression,
          username: expression,
          email: expression,
          password_hash: optional,
          bio: optional,
          image: optional,
          created_at: optional,
          updated_at: optional,
        },
        strictly,
      ),
    ),
    articles: Type.Optional(
      part(
        Type.Object(
          {
            id: expression,
            author_id: expression,
            slug: optional,
            title: expression,
            description: expression,
            body: expression,
            created_at: optional,
            updated_at: optional,
          },
          strictly,
        ),
      ),
    ),
    tags: Type.Optional(part(Type.Object({ article_id: expression, name: expression }, strictly))),
    comments: Type.Optional(
      part(
        Type.Object(
          {
            id: expression,
            article_id: expression,
            author_id: expression,
            body: expression,
            created_at: optional,
            updated_at: optional,
          },
          strictly,
        ),
      ),
    ),
    favorites: Type.Optional(
      part(Type.Object({ user_id: expression, article_id: expression, created_at: optional }, strictly)),
    ),
    follows: Type.Optional(
      part(Type.Object({ follower_id: expression, followee_id: expression, created_at: optional }, strictly)),
    ),
  },
  strictly,
);

/** How the tables of a SQLite file become the application's. */
export type Mapping = Static<typeof mappingSchema>;

export type MappingPart = {
  readonly from: string;
  readonly where?: string;
  readonly columns: Readonly<Record<string, string>>;
};

/** @throws {Error} with every problem of the file */
export function readMapping(file: string): Mapping {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(
      `The mapping file ${file} cannot be read (${messageOf(error)}). Start from docs/sqlite-mapping.example.json.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`The mapping file ${file} is not JSON: ${messageOf(error)}. Correct it.`);
  }
  if (Value.Check(mappingSchema, value)) return value;
  const problems = Value.Errors(mappingSchema, value).map(
    ({ instancePath, message, params }) =>
      `  ${instancePath === '' ? 'the file' : instancePath.slice(1).replaceAll('/', '.')} ${message}${named(params)}`,
  );
  throw new Error(
    `The mapping file ${file} cannot be used:\n${[...new Set(problems)].join('\n')}\n` +
      'Compare it with docs/sqlite-mapping.example.json.',
  );
}

function named(params: object): string {
  const [names] = Object.values(params);
  return Array.isArray(names) ? `: ${names.join(', ')}` : '';
}
