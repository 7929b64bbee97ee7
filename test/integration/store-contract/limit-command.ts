import { sql } from 'kysely';
import fc from 'fast-check';
import { UNLIMITED, type Limits } from '../../../src/vocabulary/limits.js';
import { command } from './command.js';
import { projectId } from './small-world.js';
import { record } from './record.js';

const PRICES = [0, 35_000, 70_000, 200_000];

const limits = fc.oneof(
  fc.constant(UNLIMITED),
  record<Limits>({
    maxInstances: fc.option(fc.integer({ min: 1, max: 5 })),
    maxPricePerHour: fc.option(fc.constantFrom(...PRICES)),
  }),
);

/** Sets the limits of a project, or of the service. What goes beyond them is told with the same numbers by both stores. */
const limit = command('limit', 4, record({ of: fc.option(projectId, { freq: 2 }), limits }), async (both, given) => {
  const { of, limits } = given;
  if (of === null) {
    Object.assign(both.ofService, limits);
    return;
  }
  both.memoryLimits.set(of, limits);
  await sql`
    UPDATE projects SET max_instances = ${limits.maxInstances}, max_price_per_hour = ${limits.maxPricePerHour}
    WHERE id = ${of}`.execute(both.stage.database);
});

export const limitCommands = [limit];
