import type { Redis } from 'ioredis';
import { createRedisConnections } from '../../cache/redis-connections.ts';
import type { RedisConfig } from '../../config/config.ts';
import { megabytes } from '../backups/units.ts';
import { compareClocks } from './clocks.ts';
import { type Finding, fail, pass, warn } from './finding.ts';

const LIMIT_MS = 3000;

/** Looks at a Redis that is known to answer; at every server of it that takes writes. */
export async function examineRedis(config: RedisConfig): Promise<Finding[]> {
  const connections = createRedisConnections({ ...config, commandTimeoutMs: LIMIT_MS });
  connections.commands.on('error', () => {});
  try {
    await connections.connect();
    const findings = await Promise.all(connections.masters().map(examineServer));
    return findings.flat();
  } finally {
    connections.commands.disconnect();
  }
}

async function examineServer(server: Redis): Promise<Finding[]> {
  const info = readInfo(await server.info());
  return [
    examineVersion(info),
    examinePolicy(info),
    await compareClocks('Redis', async () => {
      const [seconds, microseconds] = await server.time();
      return Number(seconds) * 1000 + Number(microseconds) / 1000;
    }),
  ];
}

/** The lines of INFO: maxmemory_policy:allkeys-lru */
function readInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\r\n').flatMap((line) => {
      const [, name, value] = /^(\w+):(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function examineVersion(info: ReadonlyMap<string, string>): Finding {
  const version = info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown';
  return Number.parseInt(version, 10) < 6
    ? fail('version of Redis', `Redis ${version} is too old. Use 6 or newer.`)
    : pass('version of Redis', `Redis ${version}.`);
}

function examinePolicy(info: ReadonlyMap<string, string>): Finding {
  const policy = info.get('maxmemory_policy') ?? 'unknown';
  const bytes = Number(info.get('maxmemory') ?? 0);
  const subject = 'policy of Redis';
  if (bytes === 0) {
    return warn(
      subject,
      'Redis has no limit of memory (maxmemory): it takes all there is. Set maxmemory and maxmemory-policy allkeys-lru.',
    );
  }
  if (!policy.startsWith('allkeys-')) {
    return warn(
      subject,
      `Redis refuses writes or keeps the wrong keys when its memory is full (maxmemory-policy ${policy}). Set ` +
        'maxmemory-policy allkeys-lru.',
    );
  }
  return pass(subject, `${policy} within ${megabytes(bytes)}.`);
}
