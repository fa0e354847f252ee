import Type from 'typebox';

const alive = Type.Object({ status: Type.Literal('ok'), message: Type.Literal('pong') }, { description: 'yes' });
export const aliveSchema = { 200: alive };

const ready = Type.Object({ status: Type.Enum(['ready', 'not ready']), message: Type.String() });
export const readySchema = {
  200: { ...ready, description: 'yes' },
  503: { ...ready, description: 'no, not now' },
};

const check = Type.Object({ status: Type.Enum(['pass', 'warn', 'fail']), message: Type.String() });

const health = Type.Object({
  status: Type.Enum(['healthy', 'degraded', 'critical']),
  timestamp: Type.String({ format: 'date-time' }),
  database: Type.Object({
    exists: Type.Boolean({ description: 'whether it was ever reached' }),
    schema_valid: Type.Boolean(),
    missing_tables: Type.Array(Type.String()),
    schema_missing: Type.Array(Type.String(), { description: 'what the migrations made and is not there so' }),
    schema_extra: Type.Array(Type.String(), { description: 'what no migration made' }),
    table_counts: Type.Record(Type.String(), Type.Integer()),
    probed_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    inspected_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  }),
  checks: Type.Object({
    database: check,
    schema: check,
    data: check,
    backup: check,
    redis: check,
    replicas: Type.Optional(check),
    workers: Type.Optional(check),
  }),
  message: Type.String({ description: 'what is wrong and what to do' }),
});
export const healthSchema = {
  200: { ...health, description: 'yes, or nearly' },
  503: { ...health, description: 'no' },
};
