import { HealthIndicatorService } from '@nestjs/terminus';
import { expect, it } from 'vitest';
import { LogOutput } from '../logging/log-output.js';
import { LogHealth } from './log.health.js';

it('a log is degraded while lines are missing that it does not tell of, and no longer', async () => {
  let isRead = false;
  const output = new LogOutput(1, {
    maxWaitingBytes: 2,
    write: (bytes) => {
      if (!isRead) throw Object.assign(new Error('write EAGAIN'), { code: 'EAGAIN' });
      return bytes.length;
    },
  });
  const health = new LogHealth(output, new HealthIndicatorService());
  for (const line of ['1\n', '2\n']) output.write(line);
  expect((await health.check()).log).toMatchObject({ status: 'degraded', droppedLines: 1 });
  isRead = true;
  output.flushSync();
  expect((await health.check()).log).toEqual({ status: 'up', droppedLines: 1 });
});
