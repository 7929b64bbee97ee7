import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app.setup.js';
import { testConfig, type ConfigChanges } from './test-config.js';

/** The whole listening service in the process of the test. */
export async function startService(
  databaseUrl: string,
  changes: ConfigChanges = {},
): Promise<{ app: NestFastifyApplication; port: number }> {
  const app = await createApp(testConfig(databaseUrl, changes));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { app, port };
}
