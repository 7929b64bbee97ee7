import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';
import { Catalogue } from '../catalogue.js';
import { VolumeListDto } from './volume.dto.js';

@ApiTags('catalogue')
@Controller('volumes')
@ApiProblems('CATALOGUE_UNAVAILABLE')
export class VolumesController {
  constructor(private readonly catalogue: Catalogue) {}

  @RequiresScope('instances:read')
  @Get()
  @ApiOperation({
    operationId: 'listVolumes',
    summary: 'List network volumes',
    description:
      'Volumes of the Novita account, each in one region. Novita charges for them for as long as they exist. Cached.',
  })
  @ApiOkResponse({ type: VolumeListDto, description: 'Every network volume.' })
  async listVolumes(): Promise<VolumeListDto> {
    const { value, observedAt } = await this.catalogue.volumes();
    return {
      data: value.map(({ volumeId, name, sizeGb, clusterId, clusterName }) => ({
        ...{ id: volumeId, name, sizeGb },
        ...{ regionId: clusterId, regionName: clusterName },
      })),
      observedAt: observedAt.toISOString(),
    };
  }
}
