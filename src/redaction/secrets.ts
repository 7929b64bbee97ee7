/**
 * Hides known secrets in texts. A text of Novita or of a workload may repeat what we sent: an env value, a password, the API key. Events
 * are never deleted early, so such a text would show the secret for long.
 *
 * A value counts as a secret when it has at least {@link SECRET_CHARACTERS} characters and is not one of {@link COMMON_WORDS}. Hiding
 * shorter or common values ("1", "true") would make texts unreadable and protect nothing. A value is found as written, escaped as JSON,
 * encoded for a URL, in base64 (also inside a longer base64 text), and line by line.
 */
const SECRET_CHARACTERS = 6;
const COMMON_WORDS: ReadonlySet<string> = new Set(
  `default development disabled enabled instance localhost production running release staging stopped warning 0.0.0.0
  127.0.0.1`.split(/\s+/),
);

const HIDDEN = '[redacted]';
const ALL_HIDDEN = '[not shown: it may hold secrets of the instance, and those cannot be read]';

export class Secrets {
  /** For secrets that cannot be decrypted: then no text that may repeat them is shown. */
  static readonly UNKNOWN = new Secrets([], true);
  static readonly NONE = new Secrets([]);

  private readonly forms = new Map<string, readonly string[]>();

  constructor(
    private readonly values: readonly string[],
    private readonly areUnknown = false,
  ) {}

  plus(values: readonly string[]): Secrets {
    return values.length === 0 ? this : new Secrets([...this.values, ...values], this.areUnknown);
  }

  /** The text with every form of every secret replaced. Overlapping secrets are hidden as one. */
  hideIn(text: string): string {
    if (this.areUnknown) return ALL_HIDDEN;
    const hits = this.values
      .filter((value) => isSecret(value) && mayOccur(value, text))
      .flatMap((value) => this.formsOf(value))
      .flatMap((form) => occurrences(text, form))
      .sort((a, b) => a.from - b.from);
    if (hits.length === 0) return text;
    let shown = '';
    let at = 0;
    for (const { from, to } of hits) {
      if (from >= at) shown += text.slice(at, from) + HIDDEN;
      at = Math.max(at, to);
    }
    return shown + text.slice(at);
  }

  private formsOf(value: string): readonly string[] {
    const forms = this.forms.get(value) ?? [...new Set(formsOf(value))];
    this.forms.set(value, forms);
    return forms;
  }
}

const isSecret = (value: string): boolean =>
  value.trim().length >= SECRET_CHARACTERS && !COMMON_WORDS.has(value.trim().toLowerCase());

/** A quick check that excludes most secrets, since no form of a value is shorter than its shortest line. */
export const mayOccur = (value: string, text: string): boolean =>
  value.trim().length <= text.length || /[\r\n]/.test(value);

const occurrences = (text: string, form: string): { from: number; to: number }[] => {
  const found = [];
  for (let from = text.indexOf(form); from !== -1; from = text.indexOf(form, from + form.length)) {
    found.push({ from, to: from + form.length });
  }
  return found;
};

const formsOf = (value: string): string[] => {
  const whole = value.trim();
  const lines = whole
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter(isSecret);
  return [whole, ...lines].flatMap((text) => [text, ...jsonForms(text), ...urlForms(text), ...base64Forms(text)]);
};

/** Escaped once, twice (JSON in JSON), and as Go does. */
const jsonForms = (text: string): string[] => {
  const once = jsonEscaped(text);
  const inGo = once.replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
  return [once, jsonEscaped(once), inGo];
};

const jsonEscaped = (text: string): string => JSON.stringify(text).slice(1, -1);

const urlForms = (text: string): string[] => {
  // half of a surrogate pair cannot be encoded
  const encoded = encodeURIComponent(Buffer.from(text).toString());
  const asForm = new URLSearchParams({ '': text }).toString().slice(1);
  return [encoded, asForm, lowerCaseHex(encoded), lowerCaseHex(asForm)];
};

const lowerCaseHex = (encoded: string): string => encoded.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());

/** The part that does not depend on neighbouring text, for each of the three alignments of a byte in base64. */
const base64Forms = (text: string): string[] =>
  [0, 1, 2].flatMap((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text, 'utf8')]);
    const wholeCharacters = Math.floor((bytes.length * 8) / 6);
    const stable = bytes.toString('base64').slice(Math.ceil((shift * 8) / 6), wholeCharacters);
    return [stable, stable.replaceAll('+', '-').replaceAll('/', '_')];
  });
