/**
 * `node .ci/failed-tests.js REPORT`: prints which tests failed, from the JSON report of vitest: how many of each file, and of the first
 * three the first lines of why. Nothing when there is no report, as of a run that was broken off.
 */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const SHOWN = 3;

const begin = (text, lines) =>
  text
    .split('\n')
    .slice(0, lines)
    .map((line) => `        ${line.slice(0, 200)}`)
    .join('\n');

const report = process.argv[2];
const { testResults } = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { testResults: [] };
for (const { name, status, message, assertionResults } of testResults) {
  if (status !== 'failed') continue;
  const failed = assertionResults.filter((test) => test.status === 'failed');
  console.log(`    FAILED ${relative(process.cwd(), name)}: ${failed.length} of ${assertionResults.length}`);
  // a file that does not load has no tests
  if (failed.length === 0) console.log(begin(message, 6));
  for (const test of failed.slice(0, SHOWN)) {
    console.log(`      ${test.fullName}`);
    console.log(begin(test.failureMessages.join('\n'), 6));
  }
}
