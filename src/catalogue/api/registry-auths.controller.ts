import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';
import type { RegistryAuth } from '../../novita-api/novita-client.js';
import { Catalogue } from '../catalogue.js';
import { RegistryAuths } from '../registry-auths.js';
import { CreateRegistryAuthDto, RegistryAuthDto, RegistryAuthListDto } from './registry-auth.dto.js';

const CREATE_EXAMPLES: Record<string, { summary: string; value: CreateRegistryAuthDto }> = {
  docker: {
    summary: 'A token for Docker Hub',
    value: { name: 'docker.io', username: 'example', password: 'not-a-real-password' },
  },
};

const view = ({ registryAuthId, name, username }: RegistryAuth): RegistryAuthDto => ({
  id: registryAuthId,
  name,
  username,
});

/** Credentials belong to the Novita account, and so to all projects: only operators change them. */
@ApiTags('catalogue')
@Controller('registry-auths')
export class RegistryAuthsController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly registryAuths: RegistryAuths,
  ) {}

  @RequiresScope('instances:read')
  @Get()
  @ApiOperation({
    operationId: 'listRegistryAuths',
    summary: 'List registry credentials',
    description: 'With which instances can pull private images. Passwords are not shown. Cached.',
  })
  @ApiOkResponse({ type: RegistryAuthListDto, description: 'Every credential of the Novita account.' })
  @ApiProblems('CATALOGUE_UNAVAILABLE')
  async listRegistryAuths(): Promise<RegistryAuthListDto> {
    const { value, observedAt } = await this.catalogue.registryAuths();
    return { data: value.map(view), observedAt: observedAt.toISOString() };
  }

  @RequiresScope('operations:write')
  @Post()
  @ApiOperation({
    operationId: 'createRegistryAuth',
    summary: 'Store a registry credential at Novita',
    description:
      'For instances of all projects. Repeating the request stores a second credential: after an unclear answer, look at the list first.',
  })
  @ApiBody({ type: CreateRegistryAuthDto, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({ type: RegistryAuthDto, description: 'The credential, without its password.' })
  @ApiProblems('REGISTRY_AUTH_REFUSED', 'REGISTRY_AUTH_UNCERTAIN', 'NOVITA_UNAVAILABLE')
  async createRegistryAuth(@Body() { name, username, password }: CreateRegistryAuthDto): Promise<RegistryAuthDto> {
    return view(await this.registryAuths.create({ name, username, password }));
  }

  @RequiresScope('operations:write')
  @Delete(':id')
  @ApiOperation({
    operationId: 'deleteRegistryAuth',
    summary: 'Delete a registry credential at Novita',
    description: 'It is refused while an instance of the Novita account uses the credential.',
  })
  @ApiParam({ name: 'id', description: 'The id of the credential.', schema: { type: 'string', maxLength: 255 } })
  @ApiOkResponse({ type: RegistryAuthDto, description: 'The credential, as it was.' })
  @ApiProblems(
    'REGISTRY_AUTH_NOT_FOUND',
    'REGISTRY_AUTH_IN_USE',
    'REGISTRY_AUTH_REFUSED',
    'REGISTRY_AUTH_UNCERTAIN',
    'NOVITA_UNAVAILABLE',
  )
  async deleteRegistryAuth(@Param('id') id: string): Promise<RegistryAuthDto> {
    return view(await this.registryAuths.delete(id));
  }
}
