import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.js';
import { statusOf } from './error-status.js';

const retryHint = (retryable: boolean): string =>
  retryable ? 'The same request may succeed later.' : 'The same request will be refused again.';

const entries = Object.entries(ERROR_CODES) as [ErrorCode, (typeof ERROR_CODES)[ErrorCode]][];

/** `docs/errors.md`: every code that the API can answer with. */
export const errorsMarkdown = (): string =>
  [
    '# Error codes',
    'Every refusal is `application/problem+json` (RFC 9457) with one of these in `code`. Codes are never renamed and never ' +
      'change their meaning. New codes may be added: a client that does not know a code should go by the HTTP status and by ' +
      '`retryable`.',
    'This page is generated from `src/errors/error-codes.ts`: change it there, then run `npm run docs`.',
    ...entries.flatMap(([code, { title, retryable, remedy }]) => [
      `## ${code}`,
      `**${statusOf(code)}** ${title}. ${retryHint(retryable)}`,
      remedy,
    ]),
  ].join('\n\n') + '\n';

/** The same as an HTML page. The `type` of each problem links to it. */
export const errorsPage = (): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Novitai error codes</title><link rel="icon" href="/docs/favicon-32x32.png">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}:target{background:#ff9}</style>
<h1>Error codes</h1>
${entries
  .map(
    ([code, { title, retryable, remedy }]) =>
      `<section id="${code}"><h2><code>${code}</code></h2><p>${statusOf(code)}. ${escape(title)}. ${retryHint(retryable)}</p><p>${escape(remedy)}</p></section>`,
  )
  .join('\n')}
</html>
`;

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('`', '');
