import 'reflect-metadata';
import { forgetPostgresVariables } from '../../src/config/postgres-variables.js';

forgetPostgresVariables(process.env);
