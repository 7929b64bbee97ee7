import 'reflect-metadata';
import fc from 'fast-check';
import { forgetPostgresVariables } from '../../src/config/postgres-variables.js';

forgetPostgresVariables(process.env);

/** One seed for all properties, so that a run is like the one before it; `npm run explore` gives others. */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 4) });
