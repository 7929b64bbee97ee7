import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { Cursor, textField } from '../../http/cursor.js';
import type { Within } from '../../vocabulary/project.js';
import { Given, SeenBySender, type GivenHeaders } from '../../http/given.decorator.js';
import { pageOf } from '../../http/page.js';
import { DEFAULT_LIMIT } from '../../http/query-fields.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';
import { Sealing } from '../../secrets/sealing.js';
import { WEBHOOK_ID } from '../domain/webhook.js';
import { WebhookRepository } from '../store/webhook-repository.js';
import { WebhookCommands } from '../webhook-commands.js';
import {
  CreateWebhookDto,
  ListWebhooksQuery,
  RotateWebhookSecretDto,
  UpdateWebhookDto,
  WebhookDto,
  WebhookListDto,
  WebhookWithSecretDto,
} from './webhook.dto.js';
import { WEBHOOK_PARAM } from './webhook-param.js';
import { webhookView, webhookWithSecretView } from './webhook.view.js';

/** Newest first. */
const WEBHOOKS_CURSOR = new Cursor<{ id: string }>({ id: textField(WEBHOOK_ID) });

const CREATE_EXAMPLES: Record<string, { summary: string; value: CreateWebhookDto }> = {
  everything: { summary: 'All events', value: { url: 'https://hooks.example.com/novitai' } },
  some: {
    summary: 'What happens to the instances of a team',
    value: {
      url: 'https://hooks.example.com/vision',
      description: 'Wakes the training queue',
      eventTypes: ['status.changed', 'instance.failed'],
      labels: { team: 'vision' },
    },
  },
};
const UPDATE_EXAMPLES: Record<string, { summary: string; value: UpdateWebhookDto }> = {
  pause: { summary: 'Let events wait', value: { state: 'paused' } },
  filter: { summary: 'Only some events', value: { eventTypes: ['instance.failed'] } },
};
const ROTATE_EXAMPLES: Record<string, { summary: string; value: RotateWebhookSecretDto }> = {
  calmly: { summary: 'The old secret signs for an hour more', value: { previousValidSeconds: 3_600 } },
  atOnce: { summary: 'The old secret ends now', value: { previousValidSeconds: 0 } },
};

/** Where events are sent to. */
@ApiTags('webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(
    @Inject(WebhookCommands) private readonly commands: WebhookCommands,
    @Inject(WebhookRepository) private readonly webhooks: WebhookRepository,
    @Inject(Sealing) private readonly sealer: Sealing,
  ) {}

  @RequiresScope('webhooks:write')
  @Post()
  @ApiOperation({
    operationId: 'createWebhook',
    summary: 'Make a webhook endpoint',
    description:
      'Every event from now on that matches its filter is sent to the URL, signed after Standard Webhooks. The answer has the secret, which is never shown again. docs/webhooks.md is for those who write the receiver.',
  })
  @ApiBody({ type: CreateWebhookDto, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({ type: WebhookWithSecretDto, description: 'The endpoint, with its secret.' })
  @ApiProblems('WEBHOOK_URL_TAKEN', 'TOO_MANY_WEBHOOKS')
  async createWebhook(
    @Body() { url, description = '', eventTypes = [], labels = {} }: CreateWebhookDto,
    @Given() sender: GivenHeaders,
  ): Promise<WebhookWithSecretDto> {
    const made = await this.commands.create({ url, description, eventTypes, labels }, sender);
    return webhookWithSecretView(made, this.sealer);
  }

  @RequiresScope('webhooks:write')
  @Get()
  @ApiOperation({
    operationId: 'listWebhooks',
    summary: 'List webhook endpoints, newest first',
    description: 'Without their secrets. URLs may hold tokens, so a key that only reads instances does not see them.',
  })
  @ApiOkResponse({ type: WebhookListDto, description: 'A page of endpoints.' })
  async listWebhooks(
    @Query() { limit = DEFAULT_LIMIT, cursor, instance }: ListWebhooksQuery,
    @SeenBySender() within: Within,
  ): Promise<WebhookListDto> {
    const before = cursor === undefined ? null : WEBHOOKS_CURSOR.decode(cursor);
    const found = await this.webhooks.page(within, {
      limit: limit + 1,
      ...(before && { beforeId: before.id }),
      ...(instance !== undefined && { instanceId: instance }),
    });
    const { rows, last } = pageOf(found, limit);
    return {
      data: rows.map((row) => webhookView(row, this.sealer)),
      nextCursor: last && WEBHOOKS_CURSOR.encode({ id: last.webhook.id }),
    };
  }

  @RequiresScope('webhooks:write')
  @Get(':webhook')
  @ApiOperation({
    operationId: 'getWebhook',
    summary: 'Get a webhook endpoint',
    description:
      'With the health of its receiver: the last success, the last failure, and the oldest event that waits.',
  })
  @ApiParam(WEBHOOK_PARAM)
  @ApiOkResponse({ type: WebhookDto, description: 'The endpoint.' })
  @ApiProblems('WEBHOOK_NOT_FOUND')
  async getWebhook(@Param('webhook') id: string, @SeenBySender() within: Within): Promise<WebhookDto> {
    return webhookView(await this.commands.get(id, within), this.sealer);
  }

  @RequiresScope('webhooks:write')
  @Patch(':webhook')
  @ApiOperation({
    operationId: 'updateWebhook',
    summary: 'Change, pause, disable or enable a webhook endpoint',
    description:
      'A paused endpoint gets its events when it is enabled again. A disabled one gets none: what waited is cancelled, and what happens meanwhile is not kept for it, but can be replayed.',
  })
  @ApiParam(WEBHOOK_PARAM)
  @ApiBody({ type: UpdateWebhookDto, examples: UPDATE_EXAMPLES })
  @ApiOkResponse({ type: WebhookDto, description: 'The endpoint, changed.' })
  @ApiProblems('WEBHOOK_NOT_FOUND', 'WEBHOOK_URL_TAKEN')
  async updateWebhook(
    @Param('webhook') id: string,
    @Body() { state, ...settings }: UpdateWebhookDto,
    @Given() sender: GivenHeaders,
  ): Promise<WebhookDto> {
    const changes = { ...settings, ...(state && { setting: state }) };
    return webhookView(await this.commands.update(id, changes, sender), this.sealer);
  }

  @RequiresScope('webhooks:write')
  @Delete(':webhook')
  @ApiOperation({
    operationId: 'deleteWebhook',
    summary: 'Delete a webhook endpoint',
    description: 'With its deliveries. Nothing more is sent; an attempt that is under way ends.',
  })
  @ApiParam(WEBHOOK_PARAM)
  @ApiOkResponse({ type: WebhookDto, description: 'The endpoint, as it was.' })
  @ApiProblems('WEBHOOK_NOT_FOUND')
  async deleteWebhook(@Param('webhook') id: string, @Given() sender: GivenHeaders): Promise<WebhookDto> {
    return webhookView({ webhook: await this.commands.delete(id, sender), oldestWaitingAt: null }, this.sealer);
  }

  @RequiresScope('webhooks:write')
  @Post(':webhook/rotate-secret')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'rotateWebhookSecret',
    summary: 'Give a webhook endpoint another secret',
    description:
      'The answer has the new secret. The secrets before sign as well for `previousValidSeconds` more, so a receiver can change over at any time until then. Repeating it is harmless: all secrets sign that are still valid.',
  })
  @ApiParam(WEBHOOK_PARAM)
  @ApiBody({ type: RotateWebhookSecretDto, required: false, examples: ROTATE_EXAMPLES })
  @ApiOkResponse({ type: WebhookWithSecretDto, description: 'The endpoint, with its new secret.' })
  @ApiProblems('WEBHOOK_NOT_FOUND')
  async rotateWebhookSecret(
    @Param('webhook') id: string,
    @Body() { previousValidSeconds }: RotateWebhookSecretDto,
    @Given() sender: GivenHeaders,
  ): Promise<WebhookWithSecretDto> {
    return webhookWithSecretView(await this.commands.rotateSecret(id, previousValidSeconds, sender), this.sealer);
  }
}
