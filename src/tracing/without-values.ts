import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';
import { withoutValues } from '../monitoring/errors/error-shape.ts';

type Report = Parameters<SpanExporter['export']>[1];

/** Exports spans without what errors say of parameters. */
export class WithoutValues implements SpanExporter {
  readonly #exporter: SpanExporter;

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }

  export(spans: ReadableSpan[], report: Report): void {
    this.#exporter.export(spans.map(cleaned), report);
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

function cleaned(span: ReadableSpan): ReadableSpan {
  const { status } = span;
  if (status.message === undefined) return span;
  // A span's members are getters of its class, which copying would lose.
  return Object.create(span, { status: { value: { ...status, message: withoutValues(status.message) } } });
}
