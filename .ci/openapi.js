/**
 * Writes docs/openapi.json from the built service (`npm run build` first: the swagger plugin works while compiling), or with
 * `--check` fails when it differs from the one in dist-openapi. Nest's preview mode reads the controllers and starts nothing, so no database is needed.
 */
import 'reflect-metadata';
import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { URL } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

const FILE = new URL('../docs/openapi.json', import.meta.url);

const isCheck = process.argv.includes('--check');
const built = (path) => import(`../${isCheck ? 'dist-openapi' : 'dist'}/${path}`);
const { AppModule } = await built('app.module.js');
const { setApiPrefix } = await built('app.setup.js');
const { loadConfig } = await built('config/load-config.js');
const { buildOpenApiDocument } = await built('openapi.js');

const rooms = AppModule.forRoot(loadConfig({ NOVITA_API_KEY: 'not-needed-for-reading' }));
const app = await NestFactory.create(rooms, new FastifyAdapter(), {
  preview: true,
  logger: false,
  abortOnError: false,
});
setApiPrefix(app);
const text = `${JSON.stringify(buildOpenApiDocument(app), null, 2)}\n`;

if (isCheck) {
  const kept = await readFile(FILE, 'utf8').catch(() => '');
  if (kept !== text) {
    process.stderr.write(
      'docs/openapi.json is not what the code says: run `npm run build && npm run openapi` and review it.\n',
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(FILE, text);
}
