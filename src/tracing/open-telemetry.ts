import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { FastifyOtelInstrumentation } from '@fastify/otel';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Tracing } from './tracing.ts';
import { WithoutValues } from './without-values.ts';

const LAST_EXPORT_LIMIT_MS = 2000;
const SAMPLED = 1;

/** Exports traces over OTLP/HTTP, as the variables OTEL_* say: where to, under which name, how many of them. */
export function exportTraces(version: string): Tracing {
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'steadfast', 'service.version': version }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new WithoutValues(new OTLPTraceExporter()))],
  });
  provider.register();
  const requests = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    instrumentHandler: false,
    recordExceptions: false,
  });
  new PgInstrumentation({ requireParentSpan: true });
  new IORedisInstrumentation({ dbStatementSerializer: (command) => command });
  // They patch in place what they see being required; what was imported is the same (node-postgres and ioredis are CommonJS).
  const require = createRequire(import.meta.url);
  for (const name of ['pg', 'ioredis']) require(name);

  return {
    plugin: requests.plugin(),
    recorded(request) {
      const context = request.opentelemetry().span?.spanContext();
      if (context === undefined) return undefined;
      const flags = (context.traceFlags & SAMPLED) === 0 ? '00' : '01';
      return { traceId: context.traceId, spanId: context.spanId, flags };
    },
    logTo(log) {
      const warn = (message: string) => log.warn(`traces: ${message}`);
      const ignore = () => {};
      diag.setLogger(
        { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
        { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
      );
    },
    async stop() {
      await Promise.race([
        provider.shutdown().catch(() => {}),
        sleep(LAST_EXPORT_LIMIT_MS, undefined, { ref: false }),
      ]);
    },
  };
}
