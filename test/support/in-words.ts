import { ShownContent } from '../../src/novita-api/machine-content.js';
import { Secrets } from '../../src/redaction/secrets.js';
import { UpstreamText } from '../../src/redaction/upstream-text.js';

/** The value with each text of Novita as a string, without hiding secrets. */
export const inWords = (value: unknown): unknown => {
  if (value instanceof UpstreamText) return value.redact(Secrets.NONE);
  if (value instanceof ShownContent) return value.toJSON();
  if (Array.isArray(value)) return value.map(inWords);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inWords(inner)]));
};

export const upstream = (text: string): UpstreamText => new UpstreamText(text, 300);
