import { LAWS } from './index.js';
import type { Law } from './law.js';

const BEGIN = '<!-- the laws: written by `npx vitest run test/simulation/laws -u` -->';
const END = '<!-- end of the laws -->';

const excusesOf = ({ excuses }: Law): string[] =>
  excuses.length === 0 ? [] : ['', 'It need not hold when', '', ...excuses.map(({ when, why }) => `- ${when}: ${why}`)];

const paragraphsOf = (law: Law): string => [`### \`${law.name}\``, '', law.sentence, ...excusesOf(law)].join('\n');

/** The text with the list of laws between its two marks replaced by the present one. */
export const withLawsIn = (text: string): string => {
  const [before, rest, ...more] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error('the marks of the laws are missing');
  return `${before}${BEGIN}\n\n${LAWS.map(paragraphsOf).join('\n\n')}\n\n${END}${after}`;
};
