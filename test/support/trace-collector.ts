import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

type Value = { readonly stringValue?: string; readonly intValue?: number };

/** A step of a trace as it came over OTLP/HTTP, in JSON. */
export type Span = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: readonly { readonly key: string; readonly value: Value }[];
};

type Export = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Span['attributes'] };
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly Span[] }[];
  }[];
};

export type TraceCollector = {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** By the name of what instrumented it, such as @opentelemetry/instrumentation-pg. */
  readonly spans: readonly (Span & { readonly scope: string; readonly service: string | undefined })[];
  close(): void;
};

/** A collector of traces that keeps what it is sent. */
export async function traceCollector(test: Test): Promise<TraceCollector> {
  const spans: TraceCollector['spans'][number][] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as Export;
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = attribute(resource, 'service.name');
      for (const { scope, spans: some } of scopeSpans) {
        spans.push(...some.map((span) => ({ ...span, scope: scope.name, service })));
      }
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  test.teardown(close);
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, close };
}

export function attribute({ attributes }: Pick<Span, 'attributes'>, name: string): string | undefined {
  return attributes.find(({ key }) => key === name)?.value.stringValue;
}
