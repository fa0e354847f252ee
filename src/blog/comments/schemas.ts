import Type from 'typebox';
import { createdAt, profile, updatedAt } from '../shapes.ts';

export const comment = Type.Object({
  id: Type.Integer({ examples: [42] }),
  createdAt,
  updatedAt,
  body: Type.String({ examples: ['Well said.'] }),
  author: profile,
});

export const commentsReply = Type.Object(
  { comments: Type.Array(comment, { description: 'newest first' }) },
  { description: 'all of them' },
);

export const commentReply = Type.Object({ comment }, { description: 'the comment, as you see it' });

export const createBody = Type.Object({
  comment: Type.Object({ body: Type.String({ minLength: 1, maxLength: 50_000, examples: ['Well said.'] }) }),
});
