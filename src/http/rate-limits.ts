import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Cluster, Redis } from 'ioredis';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { RateLimitConfig } from '../config/config.ts';
import type { LimitedAddress } from './addresses.ts';
import { Problem } from './problem.ts';

const MINUTE_SECONDS = 60;
const FAILURE_WINDOW_SECONDS = 15 * 60;

/** What the guessing of passwords is limited by: tries of an address, and failures of an account. */
export type LoginLimits = {
  /** Counts one try of the request's address. @throws {Problem} too-many-requests */
  countAttempt(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /**
   * Counts one guess at the account's password, before it is looked at, so that many at once are counted too.
   * @throws {Problem} too-many-requests
   */
  countGuess(account: string, reply: FastifyReply): Promise<void>;
  /** Takes a guess back: the password was right, or nobody could say. */
  forgiveGuess(account: string): Promise<void>;
};

/** Kept in Redis, for all instances together; in the process while Redis is away. */
export function loginLimits(
  redis: Redis | Cluster,
  keyPrefix: string,
  config: RateLimitConfig,
  limitedAddress: LimitedAddress,
): LoginLimits {
  const limiter = (name: string, points: number, duration: number): RateLimiterAbstract =>
    new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `${keyPrefix}:limit:${name}`,
      points,
      duration,
      insuranceLimiter: new RateLimiterMemory({ points, duration }),
    });
  const attempts = limiter('attempts', config.loginsPerMinute, MINUTE_SECONDS);
  const guesses = limiter('guesses', config.failuresPerAccount, FAILURE_WINDOW_SECONDS);
  return {
    async countAttempt(request, reply) {
      const address = limitedAddress(request.raw);
      if (address === undefined) return;
      const spent = await attempts.consume(address).catch(asSpent);
      const { remainingPoints: remaining, msBeforeNext: resetMs } = spent;
      reply.headers(limitHeaders({ limit: attempts.points, remaining, resetMs }));
      if (spent.consumedPoints > attempts.points)
        throw tooMany('logins and registrations from here', spent.msBeforeNext);
    },
    async countGuess(account, reply) {
      const spent = await guesses.consume(digest(account)).catch(asSpent);
      if (spent.consumedPoints <= guesses.points) return;
      reply.headers(limitHeaders({ limit: guesses.points, remaining: 0, resetMs: spent.msBeforeNext }));
      throw tooMany('wrong passwords for this account', spent.msBeforeNext);
    },
    async forgiveGuess(account) {
      await guesses.reward(digest(account)).catch(asSpent);
    },
  };
}

/** Addresses of people do not belong into keys. */
function digest(account: string): string {
  return createHash('sha256').update(account.toLowerCase()).digest('base64url');
}

/** The limiter rejects with its counts when the limit is reached; anything else is an error. */
function asSpent(rejection: unknown): RateLimiterRes {
  if (rejection instanceof RateLimiterRes) return rejection;
  throw rejection;
}

/** What is left of a limit; below 0 for one that was too many. */
export type Spent = { readonly limit: number; readonly remaining: number; readonly resetMs: number };

/** RateLimit-Limit, -Remaining and -Reset (IETF draft-ietf-httpapi-ratelimit-headers-06). */
export function limitHeaders({ limit, remaining, resetMs }: Spent) {
  return {
    'ratelimit-limit': `${limit}`,
    'ratelimit-remaining': `${Math.max(0, remaining)}`,
    'ratelimit-reset': `${Math.ceil(resetMs / 1000)}`,
  };
}

/** Tells the client what is left of its address' budget. Returns what it is refused with where nothing is. */
export function refusalBeyondLimit(reply: FastifyReply, spent: Spent | undefined): Problem | undefined {
  if (spent === undefined) return undefined;
  reply.headers(limitHeaders(spent));
  return spent.remaining < 0 ? tooMany('requests from your address', spent.resetMs) : undefined;
}

/** A 429 that says of what there were too many, and when there may be more. */
function tooMany(what: string, resetMs: number): Problem {
  const retryAfterSeconds = Math.max(1, Math.ceil(resetMs / 1000));
  return new Problem(
    'too-many-requests',
    `There were too many ${what}. Please wait ${retryAfterSeconds} s.`,
    { request: ['is one too many'] },
    { retryAfterSeconds },
  );
}
