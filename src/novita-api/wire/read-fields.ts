import { capped, cleanLine, UNPRINTABLE } from '../../redaction/clean-text.js';

/**
 * Readers for fields without any guarantee: numbers may be strings, lists may be null, texts may contain anything.
 * Each returns null instead of guessing, and none throws.
 */

export type JsonObject = Record<string, unknown>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value of JSON text, or undefined when it does not parse. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const UNPRINTABLE_BUT_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu;

/** One printable line, or null when the value is not a text or empty. */
export function readLine(value: unknown, maxCharacters = 255): string | null {
  return typeof value === 'string' ? cleanLine(value, maxCharacters) || null : null;
}

/** Printable text, possibly with several lines; empty when the value is not a text. */
export function readLines(value: unknown, maxCharacters: number): string {
  return typeof value === 'string' ? capped(value.replace(UNPRINTABLE_BUT_LINES, ''), maxCharacters) : '';
}

/** A secret, unchanged, since one changed character makes it useless. Null when it has unprintable characters. */
export function readSecret(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= 1024 && value.search(UNPRINTABLE) === -1
    ? value
    : null;
}

/** A whole number, written as a number or as decimal text. */
export function readInteger(value: unknown): number | null {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

/** A whole number that is not negative. */
export function readCount(value: unknown): number | null {
  const number = readInteger(value);
  return number !== null && number >= 0 ? number : null;
}

/** An opaque id. Older ids are numbers. */
export function readId(value: unknown): string | null {
  const text = typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? String(value) : value;
  return typeof text === 'string' && /^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$/.test(text) ? text : null;
}

/** The elements of a list; empty when the value is not a list. */
export const readList = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

export const readPort = (value: unknown): number | null => {
  const port = readInteger(value);
  return port !== null && port >= 1 && port <= 65535 ? port : null;
};
