import type { IncomingMessage } from 'node:http';
import { Global, Module, RequestMethod, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import type { LoggingConfig } from '../config/config.js';
import { LogOutput, standardOutput } from './log-output.js';
import { logMetricProviders } from './log.metrics.js';
import { createRootLogger } from './root-logger.js';

/** DI token for the process's logger, as a `Log`. Lines written while a request is served carry its `requestId`. */
export const LOG = Symbol('LOG');

@Global()
@Module({})
export class LoggingModule {
  /** @param destination where lines go instead of standard output */
  static forRoot(config: LoggingConfig, destination?: DestinationStream): DynamicModule {
    const logger = createRootLogger(config, destination);
    return {
      module: LoggingModule,
      imports: [
        LoggerModule.forRoot({
          pinoHttp: {
            logger,
            // the edge writes the request's line (see request-log): it knows the route template
            autoLogging: false,
            quietReqLogger: true,
            customAttributeKeys: { reqId: 'requestId' },
            genReqId: (request: IncomingMessage) => request.id,
          },
          // not the default: on Fastify that one sees only some of the paths
          forRoutes: [{ path: '{*splat}', method: RequestMethod.ALL }],
        }),
      ],
      providers: [
        { provide: LOG, useValue: logger },
        { provide: LogOutput, useFactory: standardOutput },
        ...logMetricProviders,
      ],
      exports: [LOG, LogOutput, LoggerModule],
    };
  }
}
