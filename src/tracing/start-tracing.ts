/**
 * Traces for an OpenTelemetry collector. Off unless an OTLP endpoint is set: then, and only then, the SDK is loaded, and it
 * reads the other OTEL_* variables from the environment by itself. No loader hook and no patched modules: the spans are
 * made where the rooms make them (`*.spans.ts`).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TracingConfig } from '../config/config.js';
import type { Log } from '../logging/log.js';

export interface Tracing {
  /** Sends what is left. Never rejects, and takes no longer than it is given. */
  stop(withinMs: number): Promise<void>;
}

const OFF: Tracing = { stop: () => Promise.resolve() };

const isOn = ({ sdkDisabled, endpoint, tracesEndpoint }: TracingConfig): boolean =>
  !sdkDisabled && (endpoint ?? tracesEndpoint) !== null;

/** Once in a process, before the first span. */
export async function startTracing(config: TracingConfig, log: Log): Promise<Tracing> {
  if (!isOn(config)) return OFF;
  const [{ BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = new OTLPTraceExporter();
  const tell = tellerOf(log);
  const provider = new NodeTracerProvider({
    // what the environment says of the service is stronger
    resource: resources
      .resourceFromAttributes({ 'service.name': config.serviceName, 'service.instance.id': randomUUID() })
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [
      new BatchSpanProcessor({
        export: (spans, done) => {
          exporter.export(spans, (result) => {
            tell(result.error ?? null);
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
      const patience = new AbortController();
      const flushed = provider.shutdown().catch((error: unknown) => tell(error));
      await Promise.race([flushed, sleep(withinMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
      patience.abort();
    },
  };
}

/** A collector that is away is told of once, and once more when it is back. */
function tellerOf(log: Log): (error: unknown) => void {
  let isAway = false;
  return (error) => {
    if (error !== null && !isAway) {
      log.warn(
        { err: error },
        'traces cannot be exported: they are dropped, and this is not told again until they can be',
      );
    }
    if (error === null && isAway) log.info({}, 'traces are exported again');
    isAway = error !== null;
  };
}
