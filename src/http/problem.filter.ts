import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import type { Log } from '../logging/log.js';
import { noteRefusal } from '../logging/request-log.js';
import { refusalOfCutOff } from './broken-connection.js';
import { statusOf } from './error-status.js';
import { asDomainError, problemOf } from './problem.js';
import { PROBLEM_MEDIA_TYPE } from './problem.dto.js';
import type { RouteTable } from './route-table.js';

/**
 * The only place where an error becomes an answer, from handlers, guards, pipes, the router and the body parser alike. Failures are logged
 * here; a refusal is only a code in the log line of its request.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly routes: RouteTable,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also called for errors that Fastify raises before Nest is reached. */
  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = this.forRoute(refusalOfCutOff(request.raw) ?? asDomainError(thrown), request, reply);
    this.note(error, request);
    if (reply.sent || reply.raw.headersSent) return;
    const { retryAfterSeconds } = error.details;
    if (retryAfterSeconds !== undefined) void reply.header('retry-after', Math.max(1, Math.ceil(retryAfterSeconds)));
    if (statusOf(error.code) === 401) void reply.header('www-authenticate', 'Bearer');
    // sent as text, since Fastify needs a serializer on each reply for this media type
    void reply
      .status(statusOf(error.code))
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(problemOf(error, request.url, request.id)));
  }

  /** Tells an unknown path from an unknown method: the router answers "not found" for both. */
  private forRoute(error: DomainError, request: FastifyRequest, reply: FastifyReply): DomainError {
    if (error.code !== 'NOT_FOUND') return error;
    const allowed = this.routes.methodsAt(request.url);
    if (allowed.length === 0) return new DomainError('NOT_FOUND', 'There is no such route.');
    void reply.header('allow', allowed.join(', '));
    return new DomainError('METHOD_NOT_ALLOWED', `This route answers ${allowed.join(', ')}.`);
  }

  private note(error: DomainError, request: FastifyRequest): void {
    noteRefusal(request, error.code);
    const { cause } = error;
    if (error.code === 'INTERNAL_SERVER_ERROR') {
      this.log.error({ requestId: request.id, err: cause ?? error }, 'a request failed');
    } else if (error.code === 'SERVICE_UNAVAILABLE') {
      this.log.warn({ requestId: request.id, err: cause ?? error }, 'a request could not be served');
    }
  }
}
