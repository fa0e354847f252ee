import type { Tracing } from './tracing.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Traces where OpenTelemetry's standard variables ask for them. Where they do not, nothing of it is even loaded. */
export async function startTracing(environment: Environment, version: string): Promise<Tracing | undefined> {
  if (!isWanted(environment)) return undefined;
  const { exportTraces } = await import('./open-telemetry.ts');
  return exportTraces(version);
}

function isWanted(environment: Environment): boolean {
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER: exporter } = environment;
  if (OTEL_SDK_DISABLED === 'true' || exporter === 'none') return false;
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } = environment;
  return Boolean(OTEL_EXPORTER_OTLP_ENDPOINT || OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || exporter === 'otlp');
}
