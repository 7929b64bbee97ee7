import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import { RateLimitConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { ClientRateLimitGuard } from './client-rate-limit.guard.js';
import { ClientRateLimitStorage } from './client-rate-limit.storage.js';

@Module({
  providers: [
    {
      provide: ClientRateLimitStorage,
      inject: [RateLimitConfig, { token: DATABASE, optional: true }],
      useFactory: (config: RateLimitConfig, database?: Database) =>
        new ClientRateLimitStorage(config, database ?? null),
    },
  ],
  exports: [ClientRateLimitStorage],
})
class RateLimitStorageModule {}

/**
 * Limits who may send requests, and how often. Everything here is a global guard, since with Fastify middleware that is bound to a path is
 * not a boundary. Needs RateLimitConfig from a global module. Counts in memory when there is no DATABASE.
 */
@Module({
  imports: [
    RateLimitStorageModule,
    ThrottlerModule.forRootAsync({
      imports: [RateLimitStorageModule],
      inject: [RateLimitConfig, ClientRateLimitStorage],
      useFactory: ({ windowMs, maxRequests }: RateLimitConfig, storage: ClientRateLimitStorage) => ({
        throttlers: [{ name: 'default', ttl: windowMs, limit: maxRequests }],
        storage,
      }),
    }),
  ],
  providers: [{ provide: APP_GUARD, useClass: ClientRateLimitGuard }],
  exports: [ThrottlerModule, RateLimitStorageModule],
})
export class AccessModule {}
