import { Body, Controller, Get, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { Cursor, textField } from '../../http/cursor.js';
import { ByOperator, SeenBySender } from '../../http/given.decorator.js';
import { PageQuery } from '../../http/page-query.dto.js';
import { pageOf } from '../../http/page.js';
import { DEFAULT_LIMIT } from '../../http/query-fields.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';
import { formatUnits, parseUnits } from '../../money/price.js';
import type { Cause } from '../../vocabulary/principal.js';
import { isWithin, PROJECT_ID, type Within } from '../../vocabulary/project.js';
import type { Project } from '../project.js';
import type { Limits } from '../../vocabulary/limits.js';
import { ProjectCommands } from '../project-commands.js';
import { projectNotFound, Projects } from '../projects.js';
import {
  UpdateProjectDto,
  CreateProjectDto,
  ProjectDto,
  ProjectListDto,
  type ProjectLimitsDto,
} from './project.dto.js';

/** Newest first. */
const PROJECTS_CURSOR = new Cursor<{ id: string }>({ id: textField(PROJECT_ID) });

const PROJECT_PARAM = {
  name: 'project',
  description: 'The id or the name of a project.',
  schema: { type: 'string', maxLength: 100 },
  example: 'default',
} as const;

const CREATE_EXAMPLES: Record<string, { summary: string; value: CreateProjectDto }> = {
  limited: {
    summary: 'With limits',
    value: { name: 'vision', limits: { maxInstances: 10, maxDollarsPerHour: '12.50' } },
  },
};
const CHANGE_EXAMPLES: Record<string, { summary: string; value: UpdateProjectDto }> = {
  limits: { summary: 'At most ten instances, at any price', value: { limits: { maxInstances: 10 } } },
  name: { summary: 'Another name', value: { name: 'vision-2' } },
};

/** Projects divide the deployment: a key of a project sees its instances only, and a project has limits. */
@ApiTags('projects')
@Controller('projects')
export class ProjectsController {
  constructor(
    @Inject(ProjectCommands) private readonly commands: ProjectCommands,
    @Inject(Projects) private readonly projects: Projects,
  ) {}

  @RequiresScope('operations:write')
  @Post()
  @ApiOperation({
    operationId: 'createProject',
    summary: 'Make a project',
    description: 'Then make keys for it with `POST /api/keys`: they see the instances of this project and no others.',
  })
  @ApiBody({ type: CreateProjectDto, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({ type: ProjectDto, description: 'The project.' })
  @ApiProblems('PROJECT_NAME_TAKEN')
  async createProject(
    @Body() { name, limits = {} }: CreateProjectDto,
    @ByOperator() cause: Cause,
  ): Promise<ProjectDto> {
    return projectView(await this.commands.create(name, limitsFromDto(limits), cause));
  }

  @RequiresScope('instances:read')
  @Get()
  @ApiOperation({
    operationId: 'listProjects',
    summary: 'List projects, newest first',
    description: 'A key of a project sees its own.',
  })
  @ApiOkResponse({ type: ProjectListDto, description: 'A page of projects.' })
  async listProjects(
    @Query() { limit = DEFAULT_LIMIT, cursor }: PageQuery,
    @SeenBySender() within: Within,
  ): Promise<ProjectListDto> {
    const before = cursor === undefined ? null : PROJECTS_CURSOR.decode(cursor);
    const found = await this.projects.page(within, { limit: limit + 1, ...(before && { beforeId: before.id }) });
    const { rows, last } = pageOf(found, limit);
    return { data: rows.map(projectView), nextCursor: last && PROJECTS_CURSOR.encode({ id: last.id }) };
  }

  @RequiresScope('instances:read')
  @Get(':project')
  @ApiOperation({
    operationId: 'getProject',
    summary: 'See one project',
    description: 'Its name and its limits.',
  })
  @ApiParam(PROJECT_PARAM)
  @ApiOkResponse({ type: ProjectDto, description: 'The project.' })
  @ApiProblems('PROJECT_NOT_FOUND')
  async getProject(@Param('project') idOrName: string, @SeenBySender() within: Within): Promise<ProjectDto> {
    const project = await this.projects.find(idOrName);
    if (!project || !isWithin(project.id, within)) throw projectNotFound(idOrName);
    return projectView(project);
  }

  @RequiresScope('operations:write')
  @Patch(':project')
  @ApiOperation({
    operationId: 'updateProject',
    summary: 'Change the name or the limits of a project',
    description:
      'What is left out stays as it is; `limits` replaces all limits. Nothing is stopped when a limit is below what is there: nothing more is bought until there is room.',
  })
  @ApiParam(PROJECT_PARAM)
  @ApiBody({ type: UpdateProjectDto, examples: CHANGE_EXAMPLES })
  @ApiOkResponse({ type: ProjectDto, description: 'The project as it is now.' })
  @ApiProblems('PROJECT_NOT_FOUND', 'PROJECT_NAME_TAKEN')
  async updateProject(
    @Param('project') idOrName: string,
    @Body() { name, limits }: UpdateProjectDto,
    @ByOperator() cause: Cause,
  ): Promise<ProjectDto> {
    const wanted = { ...(name !== undefined && { name }), ...(limits && { limits: limitsFromDto(limits) }) };
    return projectView(await this.commands.change(idOrName, wanted, cause));
  }
}

const limitsFromDto = ({ maxInstances, maxDollarsPerHour }: ProjectLimitsDto): Limits => ({
  maxInstances: maxInstances ?? null,
  maxPricePerHour: maxDollarsPerHour === undefined ? null : parseUnits(maxDollarsPerHour),
});

const projectView = ({ id, name, limits, createdAt, updatedAt }: Project): ProjectDto => ({
  id,
  name,
  limits: {
    maxInstances: limits.maxInstances,
    maxDollarsPerHour: limits.maxPricePerHour === null ? null : formatUnits(limits.maxPricePerHour),
  },
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
