import { namedWords } from './named-words.js';

/** What an API key may do. Each route needs one of these. */
export const SCOPES = [
  'instances:read',
  'instances:write',
  'secrets:read',
  'operations:read',
  'operations:write',
  'keys:write',
  'webhooks:write',
] as const;
export type Scope = (typeof SCOPES)[number];

export const isScope = (word: string): word is Scope => (SCOPES as readonly string[]).includes(word);

/** What operators do and see concerns all projects. */
export const isOfOperators = (scope: Scope): boolean => scope.startsWith('operations:');

export const SCOPE = namedWords(
  'Scope',
  SCOPES,
  '`instances:read`: see instances, their events and the catalogue. `instances:write`: create, start, stop, replace and delete them. ' +
    '`secrets:read`: see values of environment variables and passwords of instances. `operations:read`: see the fleet, jobs, background tasks and ' +
    'figures. `operations:write`: decide on machines, store and delete registry credentials, repeat jobs, end a freeze. `keys:write`: see, make and revoke API keys. ' +
    '`webhooks:write`: see, make, change and delete webhook endpoints, and see what was sent to them.',
  'instances:read',
);
