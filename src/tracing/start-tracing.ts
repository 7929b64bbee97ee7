/**
 * Sends traces to an OpenTelemetry collector. The SDK is loaded only when an OTLP endpoint is set, and reads the other OTEL_* variables
 * from the environment. There are no loader hooks or patched modules: the rooms make their spans (`*.spans.ts`).
 */
import { randomUUID } from 'node:crypto';
import type { TracingConfig } from '../config/config.js';
import type { Log } from '../logging/log.js';
import { waitAtMost } from '../time/within.js';

export interface Tracing {
  /** Sends the remaining spans. Never rejects, and takes at most `withinMs`. */
  stop(withinMs: number): Promise<void>;
}

const OFF: Tracing = { stop: () => Promise.resolve() };

const isOn = ({ sdkDisabled, endpoint, tracesEndpoint }: TracingConfig): boolean =>
  !sdkDisabled && (endpoint ?? tracesEndpoint) !== null;

/** Call it once, before the first span. */
export async function startTracing(config: TracingConfig, log: Log): Promise<Tracing> {
  if (!isOn(config)) return OFF;
  const [{ BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = new OTLPTraceExporter();
  const report = exportReporter(log);
  const provider = new NodeTracerProvider({
    // attributes from the environment override the configuration
    resource: resources
      .resourceFromAttributes({ 'service.name': config.serviceName, 'service.instance.id': randomUUID() })
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [
      new BatchSpanProcessor({
        export: (spans, done) => {
          exporter.export(spans, (result) => {
            report(result.error ?? null);
            done(result);
          });
        },
        forceFlush: () => exporter.forceFlush(),
        shutdown: () => exporter.shutdown(),
      }),
    ],
  });
  provider.register();
  return {
    stop: async (withinMs) => {
      await waitAtMost(
        withinMs,
        provider.shutdown().catch((error: unknown) => report(error)),
      );
    },
  };
}

/** Logs once when the collector is unreachable, and once when it is back. */
function exportReporter(log: Log): (error: unknown) => void {
  let isAway = false;
  return (error) => {
    if (error !== null && !isAway) {
      log.warn(
        { err: error },
        'traces cannot be exported and are dropped; this is not logged again until they can be exported',
      );
    }
    if (error === null && isAway) log.info({}, 'traces are exported again');
    isAway = error !== null;
  };
}
