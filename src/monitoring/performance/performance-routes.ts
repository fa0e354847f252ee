import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Peers } from '../../workers/peers.ts';
import { inAllProcesses } from './all-processes.ts';
import { DatabaseStatistics } from './database-statistics.ts';
import { type Performance, performanceReport } from './performance.ts';

export const performanceRoutes: FastifyPluginAsyncTypebox<{
  performance: Performance;
  peers: Peers;
}> = async (app, { performance, peers }) => {
  const all = peers.share('performance', () => performance.report());
  const statistics = new DatabaseStatistics(app.database);
  app.get(
    '/api/monitoring/performance',
    {
      schema: {
        tags: ['monitoring'],
        summary:
          'Where does the time go? The last five minutes, by route and by statement, and what PostgreSQL says',
        response: { 200: { ...performanceReport, description: 'how long things take' } },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const [{ answers }, database] = await Promise.all([all(), statistics.read()]);
      return { ...inAllProcesses(answers), database };
    },
  );
};
