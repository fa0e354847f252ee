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
