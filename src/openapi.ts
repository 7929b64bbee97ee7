import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { addEventUnions } from './events/event-schemas.js';
import { addUniversalProblems } from './http/universal-problems.js';
import { errorsPage } from './http/errors-page.js';
import { API_KEY_SECURITY } from './http/requires-scope.decorator.js';
import { Problem } from './http/problem.dto.js';

const DESCRIPTION = `
Novitai keeps GPU instances on [Novita.ai](https://novita.ai) for you. You say what you want. Novitai buys a machine,
waits until your workload answers, keeps it running, and deletes it when you delete the instance.

**Your first instance.** Choose a product from \`GET /api/offers\` and a template from \`GET /api/templates\`, then send
\`POST /api/instances\`. The answer is **202**: the request is stored, and work on it has begun. Read
\`GET /api/instances/{instance}\` until \`status\` is \`ready\`; the same answer has the connection details. The instance may
cost money until its status is \`deleted\` after \`DELETE /api/instances/{instance}\`.

**Repeating a request is safe.** Send an \`Idempotency-Key\` with \`POST\`: the same key and body give the same instance.
\`start\`, \`stop\` and \`delete\` name a desired state, so a repetition changes nothing.

**A refusal** is answered as \`application/problem+json\` (RFC 9457). Branch on its \`code\`, which never changes its
meaning. \`errors\` lists what to correct, and \`retryable\` says whether the same request may succeed later.
All codes, with what to do: [/docs/errors](/docs/errors).

**API keys**: once the operator has made one, every request sends \`Authorization: Bearer nvt_…\`, and a key does only what its scopes
allow. A token of the operator's identity provider, if there is one, is sent in the same way.

**Lists** have pages: send \`nextCursor\` as \`cursor\` until it is null. **Rate limits** count by client: each answer has a
\`RateLimit\` header, and a 429 says in \`Retry-After\` how many seconds to wait.
`.trim();

/** The OpenAPI document of an application, which may be in Nest's preview mode. Complete only in built code. */
export function buildOpenApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Novitai')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addServer('/', 'This service')
    .addTag('instances', 'The instances that you asked for, and their state.')
    .addTag('events', 'Everything that happened, in one order, to be read by a cursor.')
    .addTag('catalogue', 'What you can ask for: products with prices and stock, templates, regions.')
    .addTag('fleet', 'For operators: the machines of the account at Novita, and decisions about them.')
    .addTag('jobs', 'For operators: the work of the service in the background.')
    .addTag('projects', 'Divide the deployment: instances, names, keys and limits of their own.')
    .addTag('webhooks', 'Where events are sent to, and what was sent.')
    .addTag('keys', 'The API keys by which callers are known.')
    .addTag('operations', 'Health, metrics and background tasks of the service itself.')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        description:
          'An API key, `nvt_…`, or a JWT of the identity provider that OIDC_ISSUER names. The scope that an operation needs stands beside it. A service that listens on loopback and has neither asks for none.',
      },
      API_KEY_SECURITY,
    )
    .build();
  // the types know only `url`; OpenAPI 3.1 prefers an SPDX expression
  const license = { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' };
  config.info.license = license;
  config.info.contact = { name: 'The operator of this service' };
  // what an operation does not say: nothing is needed
  config.security = [];
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (_controller, method) => method,
    extraModels: [Problem],
  });
  return addUniversalProblems(addEventUnions(document));
}

/** Serves Swagger UI at /docs, the document at /docs-json, and the page of error codes at /docs/errors. */
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
