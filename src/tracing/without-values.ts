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

/** Its events are exceptions, each with its message and, in its stack, once more: the log has what may be said of them. */
function cleaned(span: ReadableSpan): ReadableSpan {
  const { status, events, droppedEventsCount } = span;
  if (status.message === undefined && events.length === 0) return span;
  const message = status.message === undefined ? {} : { message: withoutValues(status.message) };
  // A span's members are getters of its class, which copying would lose.
  return Object.create(span, {
    status: { value: { ...status, ...message } },
    events: { value: [] },
    droppedEventsCount: { value: droppedEventsCount + events.length },
  });
}
