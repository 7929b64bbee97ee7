import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './app.setup.js';
import type { ServerConfig } from './config/config.js';
import { loadConfigOrExit } from './config/read-environment.js';
import { StartupRefusedError } from './database/startup-refused.error.js';
import { ProcessState } from './health/process-state.js';
import type { EdgeAdapter } from './http/fastify-adapter.js';
import { listenRefusal, refuseTakenPort } from './http/taken-port.js';
import { JobRunner } from './jobs/job-runner.js';
import { createRootLogger } from './logging/root-logger.js';
import { startTracing } from './tracing/start-tracing.js';

/** How much may gather between two collections of the whole heap, in proportion to what was alive after the last. */
const HEAP_GROWS_BY_PERCENT = 100;
/** How long a load balancer is given to see that we are not ready, before connections are refused. */
const DRAIN_SECONDS = 5;
/**
 * When new connections are refused, those that are open are served for so long still: what has arrived on them may wait unread
 * while a process has much to do, and would be broken off.
 */
const PARTING_MS = 5_000;
/** Kept from the grace: a process that exits by itself has said why, and a killed one has not. */
const LAST_WORDS_SECONDS = 1;
/** Spans are worth this much of a wait at the end, and no more of it than is left of the grace. */
const FLUSH_MS = 2_000;

// By itself V8 marks the whole heap whenever it has grown by a third, which is each second under load, and at half a processor each
// time keeps all callers waiting for a quarter of a second.
setFlagsFromString(`--heap-growing-percent=${HEAP_GROWS_BY_PERCENT}`);

const config = loadConfigOrExit();
const graceMs = Math.max(1, config.server.shutdownGraceSeconds - LAST_WORDS_SECONDS) * 1000;
const log = createRootLogger(config.logging);

// a process that does not know its own state must not go on with other people's money
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    log.fatal({ err: error }, event);
    process.exit(1);
  });
}

// heard from the beginning: one that comes during the start is answered when there is something to leave in order
const toldToGo = new Promise<NodeJS.Signals>((resolve) => {
  // SIGHUP: the terminal was closed
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, resolve);
});
/** Resolves with when the grace will be over. */
const goodbye = toldToGo.then((signal) => {
  const { shutdownGraceSeconds } = config.server;
  log.info({ signal, shutdownGraceSeconds }, 'shutting down');
  setTimeout(() => {
    log.error({ shutdownGraceSeconds }, 'the grace is over: leaving what is not finished');
    process.exit(1);
  }, graceMs).unref();
  return performance.now() + graceMs;
});

const tracing = await startTracing(config.tracing, log);

let app: NestFastifyApplication;
try {
  // before a database is made and migrated for nothing
  await refuseTakenPort(config.server);
  app = await createApp(config);
  await app.listen(config.server.port, config.server.host);
} catch (error) {
  const refusal = error instanceof StartupRefusedError ? error : listenRefusal(error, config.server);
  if (refusal) console.error(refusal.message);
  else log.fatal({ err: error }, 'the service could not start');
  process.exit(1);
}

log.info({ url: await app.getUrl(), role: config.server.role }, 'listening');

await leave(config.server, await goodbye);

/**
 * Not ready, and no new jobs; time for that to be seen; then no more connections; then no more requests, jobs finished or
 * handed back, and the database last.
 */
async function leave({ environment, shutdownGraceSeconds }: ServerConfig, overAtMs: number): Promise<void> {
  const edge = app.getHttpAdapter() as unknown as EdgeAdapter;
  app.get(ProcessState).beginShutdown();
  app.get(JobRunner).leave(overAtMs);
  edge.letConnectionsGo();
  if (environment === 'production') await sleep(Math.min(DRAIN_SECONDS, shutdownGraceSeconds / 4) * 1000);
  await edge.refuseConnections(Math.min(PARTING_MS, graceMs / 4));
  await app.close();
  // half of what is left: a collector that hangs must not use up the grace
  await tracing.stop(Math.min(FLUSH_MS, (overAtMs - performance.now()) / 2));
  log.info({}, 'stopped');
  process.exit(0);
}
