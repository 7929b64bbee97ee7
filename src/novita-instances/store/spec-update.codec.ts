import { codecOf } from '../../database/stored-json.js';
import { SpecUpdateShape } from '../domain/spec-update-progress.js';

export const SPEC_UPDATE_CODEC = codecOf(SpecUpdateShape);
