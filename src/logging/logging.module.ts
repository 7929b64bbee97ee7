import type { IncomingMessage } from 'node:http';
import { Global, Module, RequestMethod, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import type { LoggingConfig } from '../config/config.js';
import { LogOutput, standardOutput } from './log-output.js';
import { logMetricProviders } from './log.metrics.js';
import { createRootLogger } from './root-logger.js';

/** DI token for the logger of the process, as a `Log`. Lines that are written during a request have its `requestId`. */
export const LOG = Symbol('LOG');

@Global()
@Module({})
export class LoggingModule {
  /** @param destination replaces standard output */
  static forRoot(config: LoggingConfig, destination?: DestinationStream): DynamicModule {
    const logger = createRootLogger(config, destination);
    return {
      module: LoggingModule,
      imports: [
        LoggerModule.forRoot({
          pinoHttp: {
            logger,
            // request-log writes the line of a request, since it knows the route template
            autoLogging: false,
            quietReqLogger: true,
            customAttributeKeys: { reqId: 'requestId' },
            genReqId: (request: IncomingMessage) => request.id,
          },
          // with Fastify the default would match only some paths
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
