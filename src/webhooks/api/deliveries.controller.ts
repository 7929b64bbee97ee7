import { Body, Controller, Get, HttpCode, HttpStatus, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { Cursor, textField } from '../../http/cursor.js';
import { SeenBySender } from '../../http/given.decorator.js';
import type { Within } from '../../vocabulary/project.js';
import { pageOf } from '../../http/page.js';
import { DEFAULT_LIMIT } from '../../http/query-fields.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';
import { DELIVERY_ID } from '../domain/webhook.js';
import { DeliveryLog } from '../store/delivery-log.js';
import { WebhookCommands } from '../webhook-commands.js';
import {
  ListDeliveriesQuery,
  ReplayWebhookDto,
  WebhookDeliveryDto,
  WebhookDeliveryListDto,
  WebhookReplayDto,
} from './delivery.dto.js';
import { DELIVERY_PARAM, WEBHOOK_PARAM } from './webhook-param.js';
import { deliveryView, replayView } from './webhook.view.js';

/** Newest first. */
const DELIVERIES_CURSOR = new Cursor<{ id: string }>({ id: textField(DELIVERY_ID) });

const REPLAY_EXAMPLES: Record<string, { summary: string; value: ReplayWebhookDto }> = {
  range: {
    summary: 'The events of a day',
    value: { fromEvent: 'evt_1764430000000000', toEvent: 'evt_1764516400000000' },
  },
  times: {
    summary: 'What happened in an hour',
    value: { from: '2026-01-01T12:00:00Z', to: '2026-01-01T13:00:00Z' },
  },
  onwards: { summary: 'Everything since an event', value: { fromEvent: 'evt_1764430000000000' } },
};

/** What was and will be sent to an endpoint. */
@ApiTags('webhooks')
@Controller('webhooks/:webhook')
export class DeliveriesController {
  constructor(
    @Inject(WebhookCommands) private readonly commands: WebhookCommands,
    @Inject(DeliveryLog) private readonly deliveries: DeliveryLog,
  ) {}

  @RequiresScope('webhooks:write')
  @Get('deliveries')
  @ApiOperation({
    operationId: 'listWebhookDeliveries',
    summary: 'List what was and will be sent to a webhook endpoint, newest first',
    description: 'Each with its request, and with the last answer of the receiver. Old deliveries are deleted.',
  })
  @ApiParam(WEBHOOK_PARAM)
  @ApiOkResponse({ type: WebhookDeliveryListDto, description: 'A page of deliveries.' })
  @ApiProblems('WEBHOOK_NOT_FOUND')
  async listWebhookDeliveries(
    @Param('webhook') id: string,
    @Query() { limit = DEFAULT_LIMIT, cursor, state }: ListDeliveriesQuery,
    @SeenBySender() within: Within,
  ): Promise<WebhookDeliveryListDto> {
    const before = cursor === undefined ? null : DELIVERIES_CURSOR.decode(cursor);
    await this.commands.get(id, within);
    const found = await this.deliveries.page(id, {
      limit: limit + 1,
      ...(before && { beforeId: before.id }),
      ...(state && { state }),
    });
    const { rows, last } = pageOf(found, limit);
    return { data: rows.map(deliveryView), nextCursor: last && DELIVERIES_CURSOR.encode({ id: last.id }) };
  }

  @RequiresScope('webhooks:write')
  @Post('deliveries/:delivery/redeliver')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    operationId: 'redeliverWebhookDelivery',
    summary: 'Send a delivery again',
    description:
      'At once, with the same `webhook-id`, and with all attempts of the schedule. Repeating it is harmless: a delivery that waits for its first attempt is left alone.',
  })
  @ApiParam(WEBHOOK_PARAM)
  @ApiParam(DELIVERY_PARAM)
  @ApiAcceptedResponse({ type: WebhookDeliveryDto, description: 'The delivery, which waits.' })
  @ApiProblems('WEBHOOK_NOT_FOUND', 'WEBHOOK_DELIVERY_NOT_FOUND', 'WEBHOOK_DISABLED')
  async redeliverWebhookDelivery(
    @Param('webhook') id: string,
    @Param('delivery') delivery: string,
    @SeenBySender() within: Within,
  ): Promise<WebhookDeliveryDto> {
    return deliveryView(await this.commands.redeliver(id, within, delivery));
  }

  @RequiresScope('webhooks:write')
  @Post('replay')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    operationId: 'replayWebhook',
    summary: 'Deliver a range of events again',
    description:
      'Events that the filter of the endpoint matches now, whether they were delivered or not, at most 1000 events of the log at once. An event that was sent before keeps its `webhook-id`, by which a receiver can tell it.',
  })
  @ApiParam(WEBHOOK_PARAM)
  @ApiBody({ type: ReplayWebhookDto, examples: REPLAY_EXAMPLES })
  @ApiAcceptedResponse({ type: WebhookReplayDto, description: 'How many events are delivered again.' })
  @ApiProblems('WEBHOOK_NOT_FOUND', 'WEBHOOK_DISABLED')
  async replayWebhook(
    @Param('webhook') id: string,
    @Body() range: ReplayWebhookDto,
    @SeenBySender() within: Within,
  ): Promise<WebhookReplayDto> {
    return replayView(await this.commands.replay(id, within, range));
  }

  @RequiresScope('webhooks:write')
  @Post('test')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    operationId: 'testWebhook',
    summary: 'Send a test to a webhook endpoint',
    description: 'A message of the type `webhook.test`, signed as every other. Look at the deliveries for its answer.',
  })
  @ApiParam(WEBHOOK_PARAM)
  @ApiAcceptedResponse({ type: WebhookDeliveryDto, description: 'The delivery, which waits.' })
  @ApiProblems('WEBHOOK_NOT_FOUND', 'WEBHOOK_DISABLED')
  async testWebhook(@Param('webhook') id: string, @SeenBySender() within: Within): Promise<WebhookDeliveryDto> {
    return deliveryView(await this.commands.test(id, within));
  }
}
