import Type, { type Static } from 'typebox';

const username = Type.String({ minLength: 1, maxLength: 64, examples: ['ada'] });
const email = Type.String({ minLength: 1, maxLength: 254, examples: ['ada@example.com'] });
const password = Type.String({
  minLength: 8,
  maxLength: 128,
  description: '8 characters or more; no rules about which',
  examples: ['correct horse battery'],
});
const optionalText = (description: string) =>
  Type.Optional(Type.Union([Type.String({ maxLength: 10_000 }), Type.Null()], { description }));

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
    bio: optionalText('empty or null removes it'),
    image: optionalText('empty or null removes it'),
  }),
});

export type UserUpdate = Static<typeof updateBody>['user'];

export const userReply = Type.Object({
  user: Type.Object({
    email: Type.String(),
    token: Type.String({ description: 'send it as Authorization: Token …' }),
    username: Type.String(),
    bio: Type.Union([Type.String(), Type.Null()]),
    image: Type.Union([Type.String(), Type.Null()]),
  }),
});
