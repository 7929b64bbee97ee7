import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from './app.setup.js';
import type { ServerConfig } from './config/config.js';
import { loadConfigOrExit } from './config/read-environment.js';
import { StartupRefusedError } from './database/startup-refused.error.js';
import { EventStreams } from './events/event-streams.service.js';
import { ProcessState } from './health/process-state.js';
import type { EdgeAdapter } from './http/fastify-adapter.js';
import { listenRefusal, refuseTakenPort } from './http/taken-port.js';
import { JobRunner } from './jobs/job-runner.js';
import { createRootLogger } from './logging/root-logger.js';
import { InstanceWaits } from './novita-instances/waits/instance-waits.service.js';
import { startTracing } from './tracing/start-tracing.js';

/** How much the heap may grow between two full collections, in percent of what was alive after the last one. */
const HEAP_GROWS_BY_PERCENT = 100;
/** How long load balancers get to notice that the service is not ready, before connections are refused. */
const DRAIN_SECONDS = 5;
/**
 * How long open connections are still served after new ones are refused. Requests that have arrived may wait unread in a busy process, and
 * would otherwise be cut off.
 */
const OPEN_CONNECTIONS_MS = 5_000;
/** Reserved at the end of the grace period, so that the process exits and logs why before it is killed. */
const EXIT_RESERVE_SECONDS = 1;
/** The longest wait for sending the last spans. */
const FLUSH_MS = 2_000;

// By default V8 marks the whole heap whenever it has grown by a third. Under load that is every second and, with half a processor, makes
// all callers wait for a quarter of a second.
setFlagsFromString(`--heap-growing-percent=${HEAP_GROWS_BY_PERCENT}`);

const config = loadConfigOrExit();
const graceMs = Math.max(1, config.server.shutdownGraceSeconds - EXIT_RESERVE_SECONDS) * 1000;
const log = createRootLogger(config.logging);

// a process in an unknown state must not go on spending money
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    log.fatal({ err: error }, event);
    process.exit(1);
  });
}

// registered at once: a signal during the start takes effect when the start is done
const shutdownSignal = new Promise<NodeJS.Signals>((resolve) => {
  // SIGHUP: the terminal was closed
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, resolve);
});
/** Resolves with the time when the grace period ends. */
const graceEndsAtMs = shutdownSignal.then((signal) => {
  const { shutdownGraceSeconds } = config.server;
  log.info({ signal, shutdownGraceSeconds }, 'shutting down');
  setTimeout(() => {
    log.error({ shutdownGraceSeconds }, 'the grace period is over: exiting with unfinished work');
    process.exit(1);
  }, graceMs).unref();
  return performance.now() + graceMs;
});

const tracing = await startTracing(config.tracing, log);

let app: NestFastifyApplication;
try {
  // checked before a database is made and migrated
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

await shutDown(config.server, await graceEndsAtMs);

/**
 * Shuts down in order: not ready and no new jobs; time for load balancers to notice; an end of waits and streams; no new connections; no more requests; jobs finished or
 * handed back; the database last.
 */
async function shutDown({ environment, shutdownGraceSeconds }: ServerConfig, overAtMs: number): Promise<void> {
  const edge = app.getHttpAdapter() as unknown as EdgeAdapter;
  app.get(ProcessState).beginShutdown();
  app.get(JobRunner).stopClaiming(overAtMs);
  edge.closeConnectionsAfterAnswers();
  if (environment === 'production') await sleep(Math.min(DRAIN_SECONDS, shutdownGraceSeconds / 4) * 1000);
  // now other replicas get the requests with which the clients go on
  app.get(InstanceWaits).end();
  app.get(EventStreams).end();
  await edge.refuseConnections(Math.min(OPEN_CONNECTIONS_MS, graceMs / 4));
  await app.close();
  // half of the remaining time: a hanging collector must not use up the grace period
  await tracing.stop(Math.min(FLUSH_MS, (overAtMs - performance.now()) / 2));
  log.info({}, 'stopped');
  process.exit(0);
}
