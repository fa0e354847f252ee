import { badOrGood, type Row } from '../panel.ts';
import { HERE, percentiles, quantile, rate, STATEMENTS } from '../queries.ts';

export const database: Row = {
  title: 'Database',
  panels: [
    {
      title: 'Health',
      kind: 'state',
      unit: 'short',
      values: [
        { text: 'healthy', color: 'green' },
        { text: 'degraded', color: 'yellow' },
        { text: 'critical', color: 'red' },
      ],
      width: 12,
      queries: {
        '{{instance}}': `health_state{${HERE},state="degraded"} + ignoring (state) 2 * health_state{${HERE},state="critical"}`,
      },
    },
    {
      title: 'Circuit breakers',
      kind: 'state',
      unit: 'short',
      values: badOrGood('open', 'closed'),
      width: 12,
      queries: { '{{name}} {{instance}}': `circuit_breaker_state{${HERE},state="closed"}` },
    },
    {
      title: 'Connections',
      unit: 'short',
      queries: {
        'used {{db_client_connection_pool_name}}': `sum by (db_client_connection_pool_name) (db_client_connection_count{${HERE},db_client_connection_state="used"})`,
        'waiting {{db_client_connection_pool_name}}': `sum by (db_client_connection_pool_name) (db_client_connection_pending_requests{${HERE}})`,
        'at most {{db_client_connection_pool_name}}': `sum by (db_client_connection_pool_name) (db_client_connection_max{${HERE}})`,
      },
    },
    {
      title: 'Waiting for a connection',
      unit: 's',
      queries: percentiles('db_client_connection_wait_time_seconds', HERE),
    },
    {
      title: 'Sent away',
      description: 'Calls that did not reach PostgreSQL for want of room or time.',
      unit: 'cps',
      queries: { '{{reason}}': `sum by (reason) (${rate('bulkhead_rejections_total', HERE)})` },
    },
    {
      title: 'Statements',
      unit: 'ops',
      queries: {
        '{{db_operation_name}}': `topk(10, sum by (db_operation_name) (${rate(`${STATEMENTS}_count`, HERE)}))`,
      },
    },
    {
      title: 'Slowest statements, 95 of 100',
      unit: 's',
      queries: {
        '{{db_operation_name}}': `topk(10, ${quantile(0.95, STATEMENTS, HERE, ', db_operation_name')})`,
      },
    },
    {
      title: 'Failed statements',
      unit: 'ops',
      queries: {
        '{{error_type}}': `sum by (error_type) (${rate(`${STATEMENTS}_count`, `${HERE},error_type!=""`)})`,
      },
    },
    {
      title: 'What the breakers counted',
      unit: 'cps',
      queries: {
        '{{name}} {{event}}': `sum by (name, event) (${rate('circuit_breaker_events_total', `${HERE},event!="success"`)})`,
      },
    },
    {
      title: 'Answer to a probe',
      unit: 's',
      queries: { '{{name}} {{instance}}': `db_server_probe_duration_seconds{${HERE}}` },
    },
    {
      title: 'How far replicas are behind',
      unit: 's',
      queries: { '{{name}} {{instance}}': `db_replica_lag_seconds{${HERE}}` },
    },
  ],
};
