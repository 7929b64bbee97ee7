import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app.setup.js';
import { testConfig, type ConfigChanges } from './test-config.js';

const AS_LONG_AS_A_TEST_MS = 300_000;

/** The whole listening service in the process of the test. */
export async function startService(
  databaseUrl: string,
  changes: ConfigChanges = {},
): Promise<{ app: NestFastifyApplication; port: number }> {
  const app = await createApp(testConfig(databaseUrl, changes));
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer();
  // a process that a busy machine does not run is no slow client
  server.headersTimeout = AS_LONG_AS_A_TEST_MS;
  server.requestTimeout = AS_LONG_AS_A_TEST_MS;
  const { port } = server.address() as AddressInfo;
  return { app, port };
}
