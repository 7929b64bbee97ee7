/** What a client reads from the stream, for the OpenAPI document. */
export const STREAM_EXAMPLE = [
  'retry: 2000',
  '',
  ': heartbeat',
  'id: evt_1764430000000000',
  '',
  'id: evt_1764430000012345',
  'event: status.changed',
  'data: {"id":"evt_1764430000012345","subject":{"kind":"instance","id":"ins_01JGFJJZ00N5MQ2YS3B3X8T1RV"},"seq":3,"type":"status.changed","data":{"from":"running","to":"ready"},"actor":"reconciler","requestId":null,"at":"2026-01-01T12:00:00.000Z"}',
  '',
  '',
].join('\n');
