import type { FastifyRequest } from 'fastify';
import type { CacheAnswer } from '../../cache/answer.ts';
import { Problem } from '../../http/problem.ts';
import { announced } from '../announced.ts';
import { ARTICLE_FAMILIES, type Family, sessionsFamily } from '../families.ts';
import { readCached } from '../read-cached.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import type { UserUpdate } from './schemas.ts';
import { accountByEmail, accountById, registerUser, rehashPassword, updateUser } from './statements.ts';

export type Account = {
  readonly id: string;
  /** The token version: tokens of older ones are refused. */
  readonly version: number;
  readonly username: string;
  readonly email: string;
  readonly bio: string | null;
  readonly image: string | null;
};

/** @throws {pg.DatabaseError} of users_username_key or users_email_key when the name or address is taken */
export async function register(
  request: FastifyRequest,
  user: { username: string; email: string; password: string },
): Promise<Account> {
  request.database.refuseIfAway();
  const hash = await hashPassword(user.password);
  // That there is no such profile may be cached.
  const families: Family[] = ['profiles'];
  return announced(request, families, async () => {
    const account = parseAccount(await request.database.write(registerUser, [user.username, user.email, hash]));
    families.push(sessionsFamily(account.id));
    return account;
  });
}

/** What a login is about: the account of an address, if there is one, with its password's hash. */
export type Login = { readonly account: Account; readonly passwordHash: string } | undefined;

export async function findLogin({ database }: FastifyRequest, email: string): Promise<Login> {
  const found = await database.query(accountByEmail, [email]);
  return found === null ? undefined : (JSON.parse(found) as Login);
}

/** The account, or undefined for a wrong password and an unknown address alike, after the same time. */
export async function logIn(
  { database }: FastifyRequest,
  login: Login,
  password: string,
): Promise<Account | undefined> {
  const { right, outdated } = await verifyPassword(password, login?.passwordHash ?? null);
  if (!right || login === undefined) return undefined;
  const { account, passwordHash } = login;
  if (outdated) {
    // A login is not refused for it: the next one tries again.
    await hashPassword(password)
      .then((hash) => database.write(rehashPassword, [account.id, passwordHash, hash]))
      .catch(() => {});
  }
  return account;
}

/** One's own account; while the database is away as it was last read, so that a front end stays logged in. */
export async function currentAccount(
  request: FastifyRequest,
  id: string,
): Promise<{ readonly account: Account; readonly answer: CacheAnswer }> {
  const key = { family: sessionsFamily(id), name: `account:${id}` };
  const answer = await readCached(request, key, accountById, [id]);
  return { account: parseAccount(answer.entry.body?.toString() ?? null), answer };
}

/** Name, bio and image are part of every article, comment and profile of this person. */
const FAMILIES: readonly Family[] = ['profiles', 'lists', 'feeds', ...ARTICLE_FAMILIES];

/** Changes one's own account, as long as the token it is asked with has not been ended meanwhile. */
export async function update(
  request: FastifyRequest,
  { id, version }: { id: string; version: number },
  change: UserUpdate,
): Promise<Account> {
  const { username = null, email = null, password, bio, image } = change;
  request.database.refuseIfAway();
  const hash = password === undefined ? null : await hashPassword(password);
  const values = [
    ...[id, username, email, hash],
    ...[bio !== undefined, bio === '' ? null : (bio ?? null)],
    ...[image !== undefined, image === '' ? null : (image ?? null)],
    version,
  ];
  return announced(request, [sessionsFamily(id), ...FAMILIES], async () =>
    parseAccount(await request.database.write(updateUser, values)),
  );
}

function parseAccount(text: string | null): Account {
  // The account of a valid token was deleted, or the token ended, a moment ago.
  if (text === null)
    throw new Problem('unauthenticated', 'This account does not exist any more.', { token: ['is invalid'] });
  return JSON.parse(text) as Account;
}
