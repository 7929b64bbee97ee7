import { readFileSync } from 'node:fs';
import { isJsonObject, parseJson } from './wire/read-fields.js';

/** A User-Agent of our own, since Novita was seen to refuse a library's default with 403. */
export function userAgent(): string {
  const manifest = parseJson(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version = isJsonObject(manifest) && typeof manifest.version === 'string' ? manifest.version : '0';
  return `novitai/${version}`;
}
