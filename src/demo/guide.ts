import type { ThrowawayServers } from '../throwaway/servers.ts';

/** What the demo prints once it is up: what to open, how to take its servers away and how to bring them back. */
export function guide(demo: {
  readonly origin: string;
  readonly servers: ThrowawayServers;
  readonly demoPid: number;
  readonly seconds: string;
}): string {
  const { origin, demoPid, seconds } = demo;
  const { postgres, redis } = demo.servers;
  return `
Steadfast is up after ${seconds} s, with the sample blog.

  Open
    ${origin}/                                 the live page: watch it while you take servers away
    ${origin}/docs                             try every route
    curl -i ${origin}/api/articles             the blog; Cache-Status says where an answer is from
    curl -s ${origin}/health                   is everything well, and what to do if not
    curl -s ${origin}/api/monitoring/database/health
    curl -s ${origin}/metrics

  Take the database away, from another terminal, and read on
    ${postgres.commands.kill}
    kill -USR2 ${demoPid}        brings it back

    ${postgres.commands.freeze}
    ${postgres.commands.thaw}

  The same with Redis
    ${redis.commands.kill}
    kill -USR2 ${demoPid}        brings it back

  Ctrl-C ends the demo and removes everything it made.
`;
}
