import pg from 'pg';
import { Problem, type ProblemCode } from '../http/problem.ts';

const BLANK = "can't be blank";
const TAKEN = 'has already been taken';
const LONG = 'is too long';

/**
 * What a violated constraint means to a client. The database is the judge of what must hold, so there is no check before
 * a write that another write could overtake.
 */
const CONSTRAINTS: Readonly<Record<string, readonly [ProblemCode, field: string, message: string]>> = {
  users_username_key: ['conflict', 'username', TAKEN],
  users_email_key: ['conflict', 'email', TAKEN],
  users_username_present: ['invalid-request', 'username', BLANK],
  users_username_length: ['invalid-request', 'username', LONG],
  users_email_present: ['invalid-request', 'email', BLANK],
  users_email_length: ['invalid-request', 'email', LONG],
  articles_title_present: ['invalid-request', 'title', BLANK],
  articles_title_length: ['invalid-request', 'title', LONG],
  articles_description_present: ['invalid-request', 'description', BLANK],
  articles_body_present: ['invalid-request', 'body', BLANK],
  tags_name_present: ['invalid-request', 'tagList', BLANK],
  tags_name_length: ['invalid-request', 'tagList', LONG],
  comments_body_present: ['invalid-request', 'body', BLANK],
  // The account of a valid token was deleted a moment ago.
  articles_author_fkey: ['unauthenticated', 'token', 'is invalid'],
  comments_author_fkey: ['unauthenticated', 'token', 'is invalid'],
  favorites_user_fkey: ['unauthenticated', 'token', 'is invalid'],
  follows_follower_fkey: ['unauthenticated', 'token', 'is invalid'],
  idempotency_keys_user_fkey: ['unauthenticated', 'token', 'is invalid'],
  // What it is about was deleted a moment ago.
  comments_article_fkey: ['not-found', 'article', 'not found'],
  favorites_article_fkey: ['not-found', 'article', 'not found'],
  follows_followee_fkey: ['not-found', 'profile', 'not found'],
  follows_not_oneself: ['invalid-request', 'profile', 'is your own'],
};

/** SQLSTATE 23xxx with a constraint of the table above; undefined for anything else. */
export function constraintProblem(error: unknown): Problem | undefined {
  if (!(error instanceof pg.DatabaseError) || error.constraint === undefined) return undefined;
  const known = CONSTRAINTS[error.constraint];
  if (known === undefined) return undefined;
  const [code, field, message] = known;
  return new Problem(code, `${field} ${message}.`, { [field]: [message] });
}
