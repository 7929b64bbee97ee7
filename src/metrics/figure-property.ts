/** How a figure is shown in the API's document. */

export const whole = (example: number, description: string) =>
  ({ type: 'integer', minimum: 0, example, description }) as const;
export const number = (example: number, description: string) =>
  ({ type: 'number', minimum: 0, example, description }) as const;
export const time = (description: string) =>
  ({ type: 'string', format: 'date-time', nullable: true, example: '2026-01-02T03:04:05.678Z', description }) as const;
export const mapOf = (schema: string, description: string) =>
  ({
    type: 'object',
    additionalProperties: { $ref: `#/components/schemas/${schema}` },
    example: {},
    description,
  }) as const;
