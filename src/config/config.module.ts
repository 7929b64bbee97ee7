import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import {
  AccessConfig,
  CatalogueConfig,
  type Config,
  DatabaseConfig,
  InstancesConfig,
  JobsConfig,
  LoggingConfig,
  NovitaApiConfig,
  OidcConfig,
  RateLimitConfig,
  RetentionConfig,
  ServerConfig,
  TracingConfig,
  WaitingConfig,
  WebhooksConfig,
} from './config.js';

/**
 * Provides each feature's part of the configuration, with its class as the token. The configuration was loaded and checked
 * before (see `load-config`).
 */
@Global()
@Module({})
export class AppConfigModule {
  static forRoot(config: Config): DynamicModule {
    const providers: Provider[] = [
      { provide: ServerConfig, useValue: config.server },
      { provide: LoggingConfig, useValue: config.logging },
      { provide: TracingConfig, useValue: config.tracing },
      { provide: DatabaseConfig, useValue: config.database },
      { provide: AccessConfig, useValue: config.access },
      { provide: OidcConfig, useValue: config.oidc },
      { provide: WaitingConfig, useValue: config.waiting },
      { provide: RateLimitConfig, useValue: config.rateLimit },
      { provide: JobsConfig, useValue: config.jobs },
      { provide: NovitaApiConfig, useValue: config.novitaApi },
      { provide: CatalogueConfig, useValue: config.catalogue },
      { provide: InstancesConfig, useValue: config.instances },
      { provide: WebhooksConfig, useValue: config.webhooks },
      { provide: RetentionConfig, useValue: config.retention },
    ];
    return {
      module: AppConfigModule,
      imports: [ConfigModule.forRoot({ ignoreEnvFile: true, isGlobal: true, load: [() => ({ ...config })] })],
      providers,
      exports: providers.map((provider) => (provider as { provide: typeof ServerConfig }).provide),
    };
  }
}
