import { namedWords } from './named-words.js';

/** Actions on an existing instance. */
export const INSTANCE_ACTIONS = ['start', 'stop', 'restart', 'replace', 'update', 'delete'] as const;
export type InstanceAction = (typeof INSTANCE_ACTIONS)[number];

export const INSTANCE_ACTION = namedWords('InstanceAction', INSTANCE_ACTIONS, 'An action on an instance.');
