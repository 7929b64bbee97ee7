import type { Law } from './law.js';

export const ownProject: Law = {
  name: 'own-project',
  sentence:
    'An instance belongs to the project of the caller that asked for it, and callers of other projects change nothing of it.',
  excuses: [],
  checks: {
    *createAnswered({ key, projectId, madeIn }) {
      if (madeIn !== projectId) yield `${key} was asked for in ${projectId}, and made in ${madeIn}`;
    },
    *foreignCommandTaken({ instanceId, action }) {
      yield `a caller of another project was allowed to ${action} ${instanceId}`;
    },
  },
};
