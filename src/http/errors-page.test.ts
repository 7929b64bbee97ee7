import { expect, it } from 'vitest';
import { ERROR_CODES } from '../errors/error-codes.js';
import { errorsMarkdown, errorsPage } from './errors-page.js';

it('docs/errors.md says what the code says', async () => {
  await expect(errorsMarkdown()).toMatchFileSnapshot('../../docs/errors.md');
});

it('the page that the type of a problem leads to has a place for each code', () => {
  const page = errorsPage();
  for (const code of Object.keys(ERROR_CODES)) expect(page).toContain(`id="${code}"`);
});
