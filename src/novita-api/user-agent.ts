import { readFileSync } from 'node:fs';
import { isJsonObject, parseJson } from './wire/read-fields.js';

/** Novita was seen to refuse a library's default User-Agent with 403, so we say who we are. */
export function userAgent(): string {
  const manifest = parseJson(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version = isJsonObject(manifest) && typeof manifest.version === 'string' ? manifest.version : '0';
  return `novitai/${version}`;
}
