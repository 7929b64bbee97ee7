/**
 * A secret that occurs nowhere else, and every form in which a text may tell it. One of its texts should be letters and digits only: what is
 * escaped first and encoded then is found by that one.
 */
export interface Canary {
  /** What it is the secret of. */
  kind: string;
  /** Each of these gives the secret away. */
  texts: readonly string[];
}

/** The letters of base64 that do not depend on what stands before and after the bytes: three texts, one for each place among three bytes. */
const insideBase64 = (bytes: Buffer): string[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // letters that have bits of a neighbour
    const [start, end] = [Math.ceil((before * 8) / 6), (before + bytes.length) % 3 === 0 ? 0 : 1];
    return text.slice(start, text.length - end);
  });

/** The secret as it is, escaped for URLs and JSON, in base64 of both alphabets wherever it begins, and in hex. */
export const formsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret, 'utf8');
  const encoded = insideBase64(bytes);
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      ...encoded,
      ...encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
      bytes.toString('hex'),
    ]),
  ];
};

/** Which canaries a text tells, as `kind: form`. */
export const canariesIn = (text: string, canaries: readonly Canary[]): string[] =>
  canaries.flatMap(({ kind, texts }) =>
    texts
      .flatMap(formsOf)
      .filter((form) => text.includes(form))
      .map((form) => `${kind}: ${form}`),
  );
