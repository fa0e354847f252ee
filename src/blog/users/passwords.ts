import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Problem } from '../../http/problem.ts';

type Parameters = { readonly memory: number; readonly passes: number; readonly parallelism: number };

/** OWASP's Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. */
const RECOMMENDED: Parameters = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

// Hashing runs on libuv's four threads, which file and DNS look-ups need too, and on cores that reads need.
const AT_ONCE = 2;
const MAY_WAIT = 50;

const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2);

/** A hash in the PHC string format: $argon2id$v=19$m=…,t=…,p=…$salt$hash, base64 without padding. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await inTurn(() => deriveHash(password, salt, RECOMMENDED, HASH_BYTES));
  const { memory, passes, parallelism } = RECOMMENDED;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

// What an unknown account is compared with, so that it takes as long as a wrong password.
const NOBODY = `$argon2id$v=19$m=19456,t=2,p=1$${unpadded(randomBytes(SALT_BYTES))}$${unpadded(randomBytes(HASH_BYTES))}`;

/** Compares in constant time; as long for an account that does not exist (null). */
export async function verifyPassword(
  password: string,
  stored: string | null,
): Promise<{ readonly right: boolean; readonly outdated: boolean }> {
  const parts = PHC.exec(stored ?? NOBODY) ?? PHC.exec(NOBODY);
  if (parts === null) throw new Error('unreachable: NOBODY is in the PHC format');
  const [, memory, passes, parallelism, salt = '', hash = ''] = parts;
  const parameters = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const expected = Buffer.from(hash, 'base64');
  const actual = await inTurn(() => deriveHash(password, Buffer.from(salt, 'base64'), parameters, expected.length));
  const right = timingSafeEqual(actual, expected) && stored !== null && PHC.test(stored);
  return { right, outdated: JSON.stringify(parameters) !== JSON.stringify(RECOMMENDED) };
}

function deriveHash(password: string, salt: Buffer, parameters: Parameters, tagLength: number): Promise<Buffer> {
  return derive('argon2id', { ...parameters, message: password, nonce: salt, tagLength });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

let active = 0;
const waiting: (() => void)[] = [];

async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (active >= AT_ONCE) {
    if (waiting.length >= MAY_WAIT) {
      throw new Problem(
        'overloaded',
        'Too many people are logging in right now. Please try again in a moment.',
        { login: ['has no room'] },
        { retryAfterSeconds: 2 },
      );
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else active += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) active -= 1;
    else next();
  }
}
