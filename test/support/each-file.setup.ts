import 'reflect-metadata';
import fc from 'fast-check';
import { removePostgresVariables } from '../../src/config/postgres-variables.js';

removePostgresVariables(process.env);

/** A fixed seed for all properties, so that runs are repeatable. `npm run explore` uses other seeds. */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 4) });
