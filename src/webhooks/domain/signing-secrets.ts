/**
 * The secrets by which a receiver knows that a request comes from here. Standard Webhooks: `whsec_` and base64. After a rotation the secrets
 * before sign as well until their time is over. All of them do, not only the last: a rotation whose answer was lost may be repeated
 * without cutting off a receiver that knows none of the new secrets.
 */
import type { SealedColumn } from '../../secrets/sealed-columns.js';
import { UnsealError, type Sealer } from '../../secrets/sealing.js';

export interface SigningSecrets {
  current: string;
  /** Oldest first. */
  previous: readonly { secret: string; until: Date }[];
}

export const SIGNING_SECRET_BYTES = 32;
const PREFIX = 'whsec_';
const MOST_PREVIOUS = 5;

/** @param random of {@link SIGNING_SECRET_BYTES} */
export const writeSecret = (random: Buffer): string => `${PREFIX}${random.toString('base64')}`;

/** The secrets that sign now, newest first. */
export const secretsThatSign = ({ current, previous }: SigningSecrets, now: Date): string[] => [
  current,
  ...previous
    .filter(({ until }) => until > now)
    .map(({ secret }) => secret)
    .toReversed(),
];

/** @param before null: it cannot be read, so only the new secret signs */
export const rotated = (before: SigningSecrets | null, secret: string, until: Date, now: Date): SigningSecrets => ({
  current: secret,
  previous: before
    ? [...before.previous, { secret: before.current, until }]
        .filter((one) => one.until > now)
        // a shorter time holds for all of them: it is asked for when a secret has leaked
        .map((one) => ({ ...one, until: one.until < until ? one.until : until }))
        .slice(-MOST_PREVIOUS)
    : [],
});

/** What the sealed text is bound to. */
export const webhookSecretsContext = (webhookId: string): string => `webhook_endpoints|${webhookId}|secrets`;

export const SEALED_WEBHOOK_COLUMNS: readonly SealedColumn[] = [
  { table: 'webhook_endpoints', id: 'id', column: 'sealed_secrets', placeOf: webhookSecretsContext },
];

export const sealSecrets = (webhookId: string, { current, previous }: SigningSecrets, sealer: Sealer): string =>
  sealer.seal(
    JSON.stringify({ v: 1, current, previous: previous.map(({ secret, until }) => [secret, until.getTime()]) }),
    webhookSecretsContext(webhookId),
  );

/** Null: no known deployment secret opens them. */
export const openSecrets = (webhookId: string, sealed: string, sealer: Sealer): SigningSecrets | null => {
  try {
    return decoded(sealer.open(sealed, webhookSecretsContext(webhookId)));
  } catch (error) {
    if (error instanceof UnsealError || error instanceof SyntaxError) return null;
    throw error;
  }
};

const decoded = (text: string): SigningSecrets | null => {
  const { current, previous } = (JSON.parse(text) ?? {}) as { current?: unknown; previous?: unknown };
  if (typeof current !== 'string' || current.length <= PREFIX.length) return null;
  const pairs = Array.isArray(previous) ? (previous as unknown[]) : [];
  return {
    current,
    previous: pairs.flatMap((pair) => {
      const [secret, until] = Array.isArray(pair) ? (pair as unknown[]) : [];
      return typeof secret === 'string' && typeof until === 'number' ? [{ secret, until: new Date(until) }] : [];
    }),
  };
};
