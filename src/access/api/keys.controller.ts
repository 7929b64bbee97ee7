import {
  Body,
  Controller,
  createParamDecorator,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Query,
  type ExecutionContext,
} from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { Cursor, textField } from '../../http/cursor.js';
import { causeOf, identityOf, withinOf } from '../../http/identity.js';
import { PageQuery } from '../../http/page-query.dto.js';
import { pageOf } from '../../http/page.js';
import { DEFAULT_LIMIT } from '../../http/query-fields.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';
import { KEY_ID } from '../api-key.js';
import { SeenBySender } from '../../http/given.decorator.js';
import type { Within } from '../../vocabulary/project.js';
import { Projects } from '../projects.js';
import { ApiKeysRepository } from '../api-keys.repository.js';
import { KeyCommands, type Manager } from '../key-commands.js';
import { ApiKeyDto, ApiKeyListDto, ApiKeyWithSecretDto, CreateApiKeyDto, RotateApiKeyDto } from './key.dto.js';
import { keyView, keyWithSecretView } from './key.view.js';

/** Newest first. */
const KEYS_CURSOR = new Cursor<{ id: string }>({ id: textField(KEY_ID) });

const KEY_PARAM = {
  name: 'id',
  description: 'The id of an API key.',
  schema: { type: 'string', maxLength: 100 },
  example: 'key_01JGFJJZ00N5MQ2YS3B3X8T1RV',
} as const;

const CREATE_EXAMPLES: Record<string, { summary: string; value: CreateApiKeyDto }> = {
  caller: {
    summary: 'For a program that runs instances',
    value: { name: 'ci', scopes: ['instances:read', 'instances:write'], expiresAt: '2099-12-31T00:00:00Z' },
  },
  dashboard: {
    summary: 'For a dashboard',
    value: { name: 'dashboard', scopes: ['instances:read', 'operations:read'] },
  },
};
const ROTATE_EXAMPLES: Record<string, { summary: string; value: RotateApiKeyDto }> = {
  calmly: { summary: 'The old secret works for an hour more', value: { previousValidSeconds: 3_600 } },
  atOnce: { summary: 'The old secret ends now', value: { previousValidSeconds: 0 } },
};

const ByManager = createParamDecorator((_: unknown, context: ExecutionContext): Manager => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const scopes = identityOf(request)?.scopes ?? new Set();
  return { within: withinOf(request), scopes, cause: causeOf(request, 'operator') };
});

/** The keys by which callers of the API are known. */
@ApiTags('keys')
@Controller('keys')
export class KeysController {
  constructor(
    @Inject(KeyCommands) private readonly commands: KeyCommands,
    @Inject(ApiKeysRepository) private readonly repository: ApiKeysRepository,
    @Inject(Projects) private readonly projects: Projects,
  ) {}

  @RequiresScope('keys:write')
  @Post()
  @ApiOperation({
    operationId: 'createApiKey',
    summary: 'Make an API key',
    description:
      'The answer has the key, which is not stored and never shown again. The first key closes the service: from then on every request needs one. A key can give only scopes that it has.',
  })
  @ApiBody({ type: CreateApiKeyDto, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({ type: ApiKeyWithSecretDto, description: 'The key, with its secret.' })
  @ApiProblems('API_KEY_NAME_TAKEN', 'PROJECT_NOT_FOUND')
  async createApiKey(
    @Body() { name, scopes, project, expiresAt }: CreateApiKeyDto,
    @ByManager() manager: Manager,
  ): Promise<ApiKeyWithSecretDto> {
    const { within } = manager;
    const projectId = project === undefined ? within : (await this.projects.visible(project, within)).id;
    const wanted = { name, scopes, projectId, expiresAt: expiresAt ? new Date(expiresAt) : null };
    return keyWithSecretView(await this.commands.create(wanted, manager));
  }

  @RequiresScope('keys:write')
  @Get()
  @ApiOperation({
    operationId: 'listApiKeys',
    summary: 'List API keys, newest first',
    description: 'Revoked ones too. Without their secrets, which are not stored.',
  })
  @ApiOkResponse({ type: ApiKeyListDto, description: 'A page of keys.' })
  async listApiKeys(
    @Query() { limit = DEFAULT_LIMIT, cursor }: PageQuery,
    @SeenBySender() within: Within,
  ): Promise<ApiKeyListDto> {
    const before = cursor === undefined ? null : KEYS_CURSOR.decode(cursor);
    const found = await this.repository.page({ within, limit: limit + 1, ...(before && { beforeId: before.id }) });
    const { rows, last } = pageOf(found, limit);
    return { data: rows.map(keyView), nextCursor: last && KEYS_CURSOR.encode({ id: last.id }) };
  }

  @RequiresScope('keys:write')
  @Post(':id/rotate')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({
    operationId: 'rotateApiKey',
    summary: 'Give an API key another secret',
    description:
      'The answer has the new key. The old one works for `previousValidSeconds` more, so that programs can change over one by one; the one before that ends at once.',
  })
  @ApiParam(KEY_PARAM)
  @ApiBody({ type: RotateApiKeyDto, required: false, examples: ROTATE_EXAMPLES })
  @ApiOkResponse({ type: ApiKeyWithSecretDto, description: 'The key, with its new secret.' })
  @ApiProblems('API_KEY_NOT_FOUND', 'API_KEY_NOT_ROTATABLE')
  async rotateApiKey(
    @Param('id') id: string,
    @Body() { previousValidSeconds }: RotateApiKeyDto,
    @ByManager() manager: Manager,
  ): Promise<ApiKeyWithSecretDto> {
    return keyWithSecretView(await this.commands.rotate(id, previousValidSeconds, manager));
  }

  @RequiresScope('keys:write')
  @Delete(':id')
  @ApiOperation({
    operationId: 'revokeApiKey',
    summary: 'Revoke an API key',
    description: 'Every replica refuses it within 5 seconds. It stays in the list. Repeating it is harmless.',
  })
  @ApiParam(KEY_PARAM)
  @ApiOkResponse({ type: ApiKeyDto, description: 'The key, revoked.' })
  @ApiProblems('API_KEY_NOT_FOUND')
  async revokeApiKey(@Param('id') id: string, @ByManager() manager: Manager): Promise<ApiKeyDto> {
    return keyView(await this.commands.revoke(id, manager));
  }
}
