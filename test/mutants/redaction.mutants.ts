import { plantedIn } from './suite-mutant.js';

const SECRETS = 'src/redaction/secrets.test.ts';

export const REDACTION_MUTANTS = plantedIn(
  'src/redaction',
  [
    'a secret of six characters is shown',
    'secrets.ts',
    'value.trim().length >= SECRET_CHARACTERS',
    'value.trim().length > SECRET_CHARACTERS',
    SECRETS,
  ],
  [
    'the end of a secret is shown where a shorter one lies in it',
    'secrets.ts',
    'at = Math.max(at, to);',
    'at = to;',
    SECRETS,
  ],
  ['base64 is found at two of its three places', 'secrets.ts', '[0, 1, 2].flatMap', '[0, 1].flatMap', SECRETS],
  [
    'base64 for URLs is found only where no slash is in it',
    'secrets.ts',
    ".replaceAll('+', '-').replaceAll('/', '_')",
    ".replaceAll('+', '-')",
    SECRETS,
  ],
  [
    'a secret in a form with small hexadecimals is shown',
    'secrets.ts',
    '[encoded, asForm, lowerCaseHex(encoded), lowerCaseHex(asForm)]',
    '[encoded, asForm, lowerCaseHex(encoded)]',
    SECRETS,
  ],
  [
    'a secret in JSON that quotes JSON is shown',
    'secrets.ts',
    '[once, jsonEscaped(once), inGo]',
    '[once, inGo]',
    SECRETS,
  ],
  [
    'one line of a secret of several lines is shown in a short text',
    'secrets.ts',
    ' || /[\\r\\n]/.test(value)',
    '',
    SECRETS,
  ],
  [
    'secrets that cannot be read are forgotten when the answer brings others',
    'secrets.ts',
    'new Secrets([...this.values, ...values], this.areUnknown)',
    'new Secrets([...this.values, ...values])',
    SECRETS,
  ],
  [
    'each second of two secrets in a row is shown',
    'secrets.ts',
    'text.indexOf(form, from + form.length)',
    'text.indexOf(form, from + form.length + 1)',
    SECRETS,
  ],
  [
    'a text is cut before its secrets are hidden',
    'upstream-text.ts',
    'cleanLine(secrets.plus(this.#nearby).hideIn(this.#text), this.#maxCharacters)',
    'secrets.plus(this.#nearby).hideIn(cleanLine(this.#text, this.#maxCharacters))',
    SECRETS,
    'test/e2e/no-upstream-secret.test.ts',
  ],
  [
    'a space at the end of a name of Novita is cut off where names are compared',
    'upstream-text.ts',
    "capped(this.#text.replace(UNPRINTABLE, ' '), this.#maxCharacters)",
    "capped(this.#text.replace(UNPRINTABLE, ' ').trim(), this.#maxCharacters)",
    SECRETS,
    'test/e2e/foreign-machines.test.ts',
  ],
  [
    'half of a character stays at the end of a text that is cut',
    'clean-text.ts',
    'Array.from(text.slice(0, 2 * maxCharacters))',
    'Array.from(text.slice(0, maxCharacters))',
    SECRETS,
    'src/novita-api/sort-answer.test.ts',
  ],
);
