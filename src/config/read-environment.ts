/**
 * Collects the environment. Variables of the process override `.env.local`, which overrides `.env`. When CONFIG_FILE names
 * a file, that file replaces both. NAME_FILE names a file that holds the secret NAME.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError } from './config-error.js';
import type { Config } from './config.js';
import { type Environment, loadConfig } from './load-config.js';
import { removePostgresVariables } from './postgres-variables.js';
import { SETTINGS } from './settings.js';

export interface ReadEnvironment {
  environment: Environment;
  /** Sentences about files that could not be used. */
  mistakes: string[];
  /** Sentences about what is unsafe, and does not prevent a start. */
  warnings: string[];
}

const readable = (file: string): string | null => {
  try {
    // Windows editors write a byte order mark
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    return null;
  }
};

const MAY_BE_READ_BY_OTHERS = 0o004;

const isForEverybody = (file: string): boolean =>
  ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & MAY_BE_READ_BY_OTHERS) !== 0;

const withoutEmpty = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([, text]) => text !== undefined && text.trim() !== ''));

const readFiles = (processEnvironment: Environment, folder: string, mistakes: string[]): Environment => {
  const named = processEnvironment['CONFIG_FILE']?.trim();
  if (!named) {
    const [weak, strong] = ['.env', '.env.local'].map((name) => parseEnv(readable(path.join(folder, name)) ?? ''));
    return { ...withoutEmpty(weak ?? {}), ...withoutEmpty(strong ?? {}) };
  }
  const text = readable(path.resolve(folder, named));
  if (text === null) mistakes.push(`CONFIG_FILE names ${named}, which cannot be read.`);
  return withoutEmpty(parseEnv(text ?? ''));
};

/** Reads the files and merges them with `processEnvironment`, the variables that the process was started with. */
export const readEnvironment = (processEnvironment: Environment, folder: string): ReadEnvironment => {
  const mistakes: string[] = [];
  const warnings: string[] = [];
  const environment: Record<string, string | undefined> = {
    ...readFiles(processEnvironment, folder, mistakes),
    ...withoutEmpty(processEnvironment),
  };
  for (const { name, secret, privateFile } of SETTINGS) {
    const file = environment[`${name}_FILE`];
    if (!secret || file === undefined) continue;
    if (environment[name] !== undefined) {
      mistakes.push(`${name} and ${name}_FILE are both set. Keep one.`);
      continue;
    }
    const text = readable(path.resolve(folder, file));
    if (text === null) mistakes.push(`${name}_FILE names ${file}, which cannot be read.`);
    else if (text.trim() === '') mistakes.push(`${name}_FILE names ${file}, which is empty.`);
    else environment[name] = text.trim();
    if (privateFile && isForEverybody(path.resolve(folder, file))) {
      warnings.push(`Every user of this machine may read ${file} (${name}_FILE). Better: chmod o-r ${file}`);
    }
  }
  return { environment, mistakes, warnings };
};

/** OpenTelemetry's SDK reads its variables from `process.env` only, so those of a file are copied there. */
const exportTracingVariables = (environment: Environment): void => {
  for (const [name, text] of Object.entries(environment)) {
    if (name.startsWith('OTEL_') && text !== undefined) process.env[name] = text;
  }
};

/** For `main`: returns the configuration of this process, or prints every mistake and exits with code 78. */
export const loadConfigOrExit = (): Config => {
  try {
    const { environment, mistakes, warnings } = readEnvironment(process.env, process.cwd());
    const config = loadConfig(environment, mistakes);
    for (const warning of warnings) console.error(warning);
    exportTracingVariables(environment);
    removePostgresVariables(process.env);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(ConfigError.EXIT_CODE);
  }
};
