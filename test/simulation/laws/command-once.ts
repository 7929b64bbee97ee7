import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

export const commandOnce: Law = {
  name: 'command-once',
  sentence: 'A command changes its instance once, however often it is sent with the same idempotency key.',
  excuses: [databaseWentBack],
  checks: {
    *commandCarriedOut({ key, action, times }, scene) {
      if (times > 1 && !databaseWentBack.applies(scene)) yield `${key} (${action}) was carried out twice`;
    },
  },
};
