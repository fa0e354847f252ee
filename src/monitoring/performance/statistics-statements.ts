import type { Statement } from '../../database/statement.ts';

/** What PostgreSQL counted about the tables and indexes of this database, as database-statistics.ts documents it. */
export const databaseStatistics: Statement = {
  name: 'monitoring.database_statistics',
  text: `
    select json_build_object(
      'statistics_since', to_json(own.stats_reset),
      'cache_hit_ratio', round(own.blks_hit::numeric / nullif(own.blks_hit + own.blks_read, 0), 4),
      'has_statements', to_regclass('pg_stat_statements') is not null,
      'tables', (
        select coalesce(json_agg(to_json(figures) order by figures.bytes desc), '[]')
        from (
          select counted.relname as "table",
                 n_live_tup as rows,
                 n_dead_tup as dead_rows,
                 round(n_dead_tup::numeric / nullif(n_live_tup + n_dead_tup, 0), 4) as dead_share,
                 pg_total_relation_size(relid) as bytes,
                 seq_scan as sequential_scans,
                 coalesce(round(seq_tup_read::numeric / nullif(seq_scan, 0)), 0) as rows_per_sequential_scan,
                 coalesce(idx_scan, 0) as index_scans,
                 round(
                   (heap_blks_hit + coalesce(idx_blks_hit, 0))::numeric / nullif(
                     heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0), 0
                   ), 4
                 ) as cache_hit_ratio,
                 greatest(last_vacuum, last_autovacuum) as last_vacuum_at,
                 greatest(last_analyze, last_autoanalyze) as last_analyze_at
          from pg_stat_user_tables as counted
          join pg_statio_user_tables as read using (relid)
          where counted.schemaname = 'public'
        ) as figures
      ),
      'unused_indexes', (
        select coalesce(json_agg(to_json(figures) order by figures.bytes desc), '[]')
        from (
          select indexrelname as index, relname as "table", pg_relation_size(indexrelid) as bytes
          from pg_stat_user_indexes
          join pg_index using (indexrelid)
          where schemaname = 'public' and idx_scan = 0 and not indisunique and indisvalid
        ) as figures
      )
    )::text
    from pg_stat_database as own
    where own.datname = current_database()`,
};

/**
 * Where PostgreSQL itself says the time went, in all processes that use this role and database. The name is the one that
 * our statements carry (database/statement.ts). Only what reads and writes rows is told: of that the extension keeps no
 * constants, while it may keep the password of an "alter role".
 */
export const slowestStatements: Statement = {
  name: 'monitoring.slowest_statements',
  text: `
    select coalesce(json_agg(to_json(figures) order by figures.total_ms desc), '[]')::text
    from (
      select substring(query from '^\\s*\\w+ /\\* ([\\w.-]+) \\*/') as statement,
             left(regexp_replace(query, '\\s+', ' ', 'g'), 200) as query,
             calls,
             round(total_exec_time::numeric, 3) as total_ms,
             round(mean_exec_time::numeric, 3) as mean_ms,
             round(max_exec_time::numeric, 3) as max_ms,
             rows,
             round(total_exec_time::numeric / nullif(sum(total_exec_time) over (), 0)::numeric, 4) as time_share,
             round(shared_blks_hit::numeric / nullif(shared_blks_hit + shared_blks_read, 0), 4) as cache_hit_ratio
      from pg_stat_statements
      where dbid = (select oid from pg_database where datname = current_database())
        and userid = (select oid from pg_roles where rolname = current_user)
        and query ~* '^\\s*(select|insert|update|delete|with)\\y'
      order by total_exec_time desc
      limit 20
    ) as figures`,
};
