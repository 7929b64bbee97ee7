import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './app.setup.js';
import type { ServerConfig } from './config/config.js';
import { loadConfigOrExit } from './config/read-environment.js';
import { StartupRefusedError } from './database/startup-refused.error.js';
import { ProcessState } from './health/process-state.js';
import { createRootLogger } from './logging/root-logger.js';

/** How long a load balancer is given to see that we are not ready, before connections are refused. */
const DRAIN_SECONDS = 5;
/** Kept from the grace: a process that exits by itself has said why, and a killed one has not. */
const LAST_WORDS_SECONDS = 1;

const config = loadConfigOrExit();
const log = createRootLogger(config.logging);

// a process that does not know its own state must not go on with other people's money
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    log.fatal({ err: error }, event);
    process.exit(1);
  });
}

let app: NestFastifyApplication;
try {
  app = await createApp(config);
  await app.listen(config.server.port, config.server.host);
} catch (error) {
  if (error instanceof StartupRefusedError) console.error(error.message);
  else log.fatal({ err: error }, 'the service could not start');
  process.exit(1);
}

log.info({ url: await app.getUrl(), role: config.server.role }, 'listening');

let leaving = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (leaving) return;
    leaving = true;
    void leave(config.server, signal);
  });
}

/** Not ready; time for that to be seen; then no more requests, jobs finished or handed back, and the database last. */
async function leave({ environment, shutdownGraceSeconds }: ServerConfig, signal: string): Promise<void> {
  log.info({ signal }, 'shutting down');
  setTimeout(
    () => {
      log.error({ shutdownGraceSeconds }, 'the grace is over: leaving what is not finished');
      process.exit(1);
    },
    Math.max(1, shutdownGraceSeconds - LAST_WORDS_SECONDS) * 1000,
  ).unref();
  app.get(ProcessState).beginShutdown();
  if (environment === 'production') await sleep(Math.min(DRAIN_SECONDS, shutdownGraceSeconds / 4) * 1000);
  await app.close();
  log.info({}, 'stopped');
  process.exit(0);
}
