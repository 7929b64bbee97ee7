import { namedWords } from './named-words.js';

/** What a caller may ask of an instance that exists. */
export const INSTANCE_ACTIONS = ['start', 'stop', 'restart', 'delete'] as const;
export type InstanceAction = (typeof INSTANCE_ACTIONS)[number];

export const INSTANCE_ACTION = namedWords('InstanceAction', INSTANCE_ACTIONS, 'What can be asked of an instance.');
