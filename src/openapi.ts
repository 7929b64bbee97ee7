import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { addEventUnions } from './events/event-schemas.js';
import { addUniversalProblems } from './http/universal-problems.js';
import { errorsPage } from './http/errors-page.js';
import { Problem } from './http/problem.dto.js';

const DESCRIPTION = `
Novitai keeps GPU instances on [Novita.ai](https://novita.ai) for you. You say what you want; it buys a machine, follows
it until your workload answers, keeps it so, and gives it back when you delete the instance.

**Your first instance.** Look at \`GET /api/offers\` for a product and at \`GET /api/templates\` for something to run, then
send \`POST /api/instances\`. The answer is **202**: what you asked for is stored and being worked on. Follow it with
\`GET /api/instances/{instance}\` until \`status\` is \`ready\`; its connection details are in the same answer. Money is spent
until \`DELETE /api/instances/{instance}\` has ended in \`deleted\`.

**Repeating a request is safe.** Send an \`Idempotency-Key\` with \`POST\`: the same key and body give the same instance.
\`start\`, \`stop\` and \`delete\` say what should be, so saying it twice changes nothing.

**When something is refused**, the answer is \`application/problem+json\` (RFC 9457). Branch on its \`code\`, which never
changes its meaning; \`errors\` points at what to correct; \`retryable\` says whether the same request may succeed later.
All codes, with what to do: [/docs/errors](/docs/errors).

**Lists** come in pages: pass \`nextCursor\` as \`cursor\` until it is null. **Limits** are per client: each answer has a
\`RateLimit\` header, and a 429 says in \`Retry-After\` how many seconds to wait.
`.trim();

/** The OpenAPI document of an application, also of one that was made in Nest's preview mode. Complete only when built. */
export function buildOpenApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Novitai')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addServer('/', 'This service')
    .addTag('instances', 'What you asked for, and what became of it.')
    .addTag('events', 'Everything that happened, to be followed by a cursor.')
    .addTag('catalogue', 'What can be asked for: products with prices and stock, templates, regions.')
    .addTag('fleet', 'The machines of the account at Novita, and what a person decides about them, for operators.')
    .addTag('jobs', 'The work that the service does in the background, for operators.')
    .addTag('operations', 'Health, metrics and background tasks: how the service itself fares.')
    .build();
  // the types know only `url`; OpenAPI 3.1 prefers an SPDX expression
  const license = { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' };
  config.info.license = license;
  config.info.contact = { name: 'The operator of this service' };
  // nobody is asked who they are yet: keep the service on a private network
  config.security = [];
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (_controller, method) => method,
    extraModels: [Problem],
  });
  return addUniversalProblems(addEventUnions(document));
}

/** Swagger UI at /docs, the document at /docs-json, and the page about the error codes at /docs/errors. */
export function serveDocs(app: INestApplication): void {
  let document: OpenAPIObject | undefined;
  SwaggerModule.setup('docs', app, () => (document ??= buildOpenApiDocument(app)), {
    raw: ['json'],
    customSiteTitle: 'Novitai API',
    swaggerOptions: { persistAuthorization: false, displayRequestDuration: true, defaultModelsExpandDepth: 0 },
  });
  app
    .getHttpAdapter()
    .get('/docs/errors', (_request: unknown, reply: { type(media: string): { send(body: string): void } }) => {
      reply.type('text/html; charset=utf-8').send(errorsPage());
    });
}
