import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { ServiceProcess } from '../support/service-process.js';

it.each([
  ['NOVITA_API_KEY', { NOVITA_API_KEY: '' }],
  ['RATE_LIMIT_WINDOW_MS', { NOVITA_API_KEY: 'a-key-for-nobody', RATE_LIMIT_WINDOW_MS: 'a minute' }],
])(
  'without a usable %s the service does not start: exit code 78, and a sentence that names it',
  async (name, environment) => {
    const service = await ServiceProcess.launch(environment);
    await eventually('it has ended and said why', () => service.exitCode !== null && service.log.includes(name));
    expect(service.exitCode).toBe(78);
    expect(service.log).not.toContain('a-key-for-nobody');
  },
);
