import Type from 'typebox';
import { createdAt, profile, updatedAt } from '../shapes.ts';

export const comment = Type.Object({
  id: Type.Integer(),
  createdAt,
  updatedAt,
  body: Type.String(),
  author: profile,
});

export const commentsReply = Type.Object({
  comments: Type.Array(comment, { description: 'newest first' }),
});

export const commentReply = Type.Object({ comment });

export const createBody = Type.Object({
  comment: Type.Object({ body: Type.String({ minLength: 1, maxLength: 50_000, examples: ['Well said.'] }) }),
});
