import Type, { type Static } from 'typebox';
import { bio, image } from '../shapes.ts';

const username = Type.String({ minLength: 1, maxLength: 64, examples: ['ada'] });
const email = Type.String({ minLength: 1, maxLength: 254, examples: ['ada@example.com'] });
const password = Type.String({
  minLength: 8,
  maxLength: 128,
  description: '8 characters or more; no rules about which',
  examples: ['correct horse battery'],
});
const optionalText = (example: string) =>
  Type.Optional(
    Type.Union([Type.String({ maxLength: 10_000 }), Type.Null()], {
      description: 'empty or null removes it',
      examples: [example],
    }),
  );

export const registerBody = Type.Object({ user: Type.Object({ username, email, password }) });

export const loginBody = Type.Object({
  user: Type.Object({
    email: Type.String({ minLength: 1, maxLength: 254, examples: ['tom@example.com'] }),
    password: Type.String({ minLength: 1, maxLength: 128, examples: ['steadfast-sample'] }),
  }),
});

export const updateBody = Type.Object({
  user: Type.Object({
    username: Type.Optional(username),
    email: Type.Optional(email),
    password: Type.Optional(password),
    bio: optionalText('Counts things.'),
    image: optionalText('https://example.com/avatars/ada.png'),
  }),
});

export type UserUpdate = Static<typeof updateBody>['user'];

export const userReply = Type.Object(
  {
    user: Type.Object({
      email: Type.String({ examples: ['ada@example.com'] }),
      token: Type.String({ description: 'send it as Authorization: Token …', examples: ['eyJhbGciOi…'] }),
      username: Type.String({ examples: ['ada'] }),
      bio,
      image,
    }),
  },
  { description: 'your account, with a token for it' },
);
