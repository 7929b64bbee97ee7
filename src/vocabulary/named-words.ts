/** An enum as a named type of the OpenAPI document and of generated clients. */
export interface NamedWords<Word extends string> {
  enum: Word[];
  enumName: string;
  enumSchema: { description: string };
  example?: Word;
}

/** @param example the example for every field of this type; without it, each field has its own */
export const namedWords = <Word extends string>(
  name: string,
  words: readonly Word[],
  description: string,
  example?: Word,
): NamedWords<Word> => ({
  enum: [...words],
  enumName: name,
  enumSchema: { description },
  ...(example !== undefined && { example }),
});
