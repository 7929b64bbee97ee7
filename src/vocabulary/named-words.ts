/** A closed set of words, as a named type of the API's document and of every client that is made from it. */
export interface NamedWords<Word extends string> {
  enum: Word[];
  enumName: string;
  enumSchema: { description: string };
  example?: Word;
}

/** @param example what the document shows wherever such a word stands; without it, each field says its own */
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
