import { codecOf } from '../../database/stored-json.js';
import { ReplacementShape } from '../domain/replacement-progress.js';

export const REPLACEMENT_CODEC = codecOf(ReplacementShape);
