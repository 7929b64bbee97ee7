/** Readers that ask and do not read, over real connections: what lies ready for them is bounded, and everybody else is served. */
import { Controller, Get, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import { request, type ClientRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessModule } from '../../src/access/access.module.js';
import { createEdge } from '../../src/app.setup.js';
import { RateLimitConfig } from '../../src/config/config.js';
import { MOST_BYTES } from '../../src/http/answers-in-flight.js';
import { LoggingModule } from '../../src/logging/logging.module.js';
import { MetricsModule } from '../../src/metrics/metrics.module.js';
import { eventually } from '../support/eventually.js';
import { send } from '../support/raw-http.js';
import { TimeModule } from '../support/time.module.js';

/** Two of them fit, and three do not. More than the kernel takes for a reader who does not read. */
const LARGE = 'x'.repeat(MOST_BYTES * 0.4);

@Controller('answers')
class AnswersController {
  @Get('large')
  large() {
    return LARGE;
  }

  @Post('large')
  change() {
    return LARGE;
  }

  @Get('small')
  small() {
    return 'small';
  }
}

const startEdge = async (): Promise<NestFastifyApplication> => {
  const rateLimit = { windowMs: 60_000, maxRequests: 1_000 };
  @Module({ providers: [{ provide: RateLimitConfig, useValue: rateLimit }], exports: [RateLimitConfig] })
  class Given {}
  @Module({ controllers: [AnswersController] })
  class Rooms {}
  const app = await createEdge({
    module: Rooms,
    imports: [
      { module: Given, global: true },
      LoggingModule.forRoot({ level: 'silent' }),
      AccessModule,
      TimeModule,
      MetricsModule.forRoot(),
    ],
  });
  await app.listen(0, '127.0.0.1');
  return app;
};

describe('answers that nobody reads', () => {
  let app: NestFastifyApplication;
  let port: number;
  let unread: ClientRequest[];

  beforeEach(async () => {
    app = await startEdge();
    ({ port } = app.getHttpServer().address() as AddressInfo);
    unread = [];
  });
  afterEach(async () => {
    for (const one of unread) one.destroy();
    await app.close();
  });

  /** Resolves with the status when the answer begins, and reads no more of it. */
  const askAndNotRead = async (method: string): Promise<number> => {
    const outgoing = request({ host: '127.0.0.1', port, method, path: '/api/answers/large', agent: false });
    outgoing.on('error', () => undefined);
    unread.push(outgoing);
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [{ statusCode: number; pause(): void }];
    incoming.pause();
    return incoming.statusCode;
  };

  const statusOf = async (path: string): Promise<number> => (await send(port, { path })).status;

  it('keep out further large ones, and no small ones; when they are gone there is room again', async () => {
    expect([await askAndNotRead('GET'), await askAndNotRead('GET')]).toEqual([200, 200]);
    const shed = await send(port, { path: '/api/answers/large' });
    expect([shed.status, shed.headers['content-type'], shed.headers['retry-after']]).toEqual([
      503,
      'application/problem+json; charset=utf-8',
      '2',
    ]);
    expect(shed.json).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true });
    expect(await statusOf('/api/answers/small')).toBe(200);
    unread.pop()?.destroy();
    await eventually('there is room', async () => (await statusOf('/api/answers/large')) === 200);
  });

  it('keep out all requests when they are far too many, but for those of the operator; a change is told in any case', async () => {
    const answers = [];
    for (const method of ['GET', 'GET', 'POST', 'POST', 'POST', 'POST']) answers.push(await askAndNotRead(method));
    expect(answers).toEqual([200, 200, 201, 201, 201, 201]);
    const shed = await send(port, { path: '/api/answers/small' });
    expect([shed.status, shed.json]).toEqual([503, expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' })]);
    expect(await statusOf('/metrics')).toBe(200);
    for (const one of unread) one.destroy();
    await eventually('they are served again', async () => (await statusOf('/api/answers/small')) === 200);
    expect(await statusOf('/api/answers/large')).toBe(200);
  });
});
