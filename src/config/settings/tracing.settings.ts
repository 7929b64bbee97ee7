import { collectorUrl, commaPairs, commaPairsWithSecrets, oneOf, ratio, shortText, yesOrNo } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

export const TRACING_SETTINGS: SettingGroup = {
  title: 'Traces',
  settings: [
    {
      name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      goesTo: 'tracing.endpoint',
      doc: 'The URL of an OpenTelemetry collector that takes OTLP over HTTP, for example http://127.0.0.1:4318. Setting it turns traces on: they are sent as JSON to /v1/traces below it. All other OTEL_* variables of the SDK work too.',
      optional: true,
      ...collectorUrl,
    },
    {
      name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      goesTo: 'tracing.tracesEndpoint',
      doc: 'The complete URL for traces. It overrides OTEL_EXPORTER_OTLP_ENDPOINT, and no path is added to it.',
      optional: true,
      ...collectorUrl,
    },
    {
      name: 'OTEL_EXPORTER_OTLP_HEADERS',
      goesTo: null,
      doc: 'Headers for the collector, such as its key.',
      optional: true,
      secret: true,
      ...commaPairsWithSecrets,
    },
    {
      name: 'OTEL_SERVICE_NAME',
      goesTo: 'tracing.serviceName',
      doc: 'The service name in traces.',
      default: 'novitai',
      ...shortText,
    },
    {
      name: 'OTEL_RESOURCE_ATTRIBUTES',
      goesTo: null,
      doc: 'Attributes of this service in each trace, for example deployment.environment.name=production.',
      optional: true,
      ...commaPairs,
    },
    {
      name: 'OTEL_TRACES_SAMPLER',
      goesTo: null,
      doc: 'Which traces are kept. A parentbased_ sampler follows the decision of the calling service, and decides itself for requests without one. traceidratio keeps the share OTEL_TRACES_SAMPLER_ARG.',
      default: 'parentbased_always_on',
      ...oneOf(
        'always_on',
        'always_off',
        'traceidratio',
        'parentbased_always_on',
        'parentbased_always_off',
        'parentbased_traceidratio',
      ),
    },
    {
      name: 'OTEL_TRACES_SAMPLER_ARG',
      goesTo: null,
      doc: 'The share of traces that traceidratio keeps.',
      optional: true,
      ...ratio,
    },
    {
      name: 'OTEL_SDK_DISABLED',
      goesTo: 'tracing.sdkDisabled',
      doc: 'true turns traces off, even if a collector is set.',
      default: 'false',
      ...yesOrNo,
    },
  ],
};
