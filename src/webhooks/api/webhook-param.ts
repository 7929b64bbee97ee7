/** The parameters of paths, in the document. */
export const WEBHOOK_PARAM = {
  name: 'webhook',
  description: 'The id of a webhook endpoint.',
  schema: { type: 'string', maxLength: 100 },
  example: 'whk_01JGFJJZ00N5MQ2YS3B3X8T1RV',
} as const;

export const DELIVERY_PARAM = {
  name: 'delivery',
  description: 'The id of a delivery.',
  schema: { type: 'string', maxLength: 100 },
  example: 'dlv_01JGFJJZ00N5MQ2YS3B3X8T1RV',
} as const;
