import { namedWords } from './named-words.js';

/** What is wrong with a token of the identity provider that was refused. */
export const TOKEN_FAULTS = [
  'malformed',
  'algorithm',
  'unknownKey',
  'signature',
  'issuer',
  'audience',
  'notYetValid',
  'claims',
  'project',
] as const;
export type TokenFault = (typeof TOKEN_FAULTS)[number];

export const TOKEN_FAULT = namedWords(
  'TokenFault',
  TOKEN_FAULTS,
  '`malformed`: not a signed JWT. `algorithm`: not signed by a public-key algorithm. `unknownKey`: the provider has no such key. `signature`: the key has not ' +
    'signed it. `issuer`, `audience`: made by or for somebody else. `notYetValid`: `nbf` is in the future. `claims`: `sub` or `exp` is missing or has no usable value, or the claim with the project. `project`: there is no such project.',
  'audience',
);
