import { DomainError } from '../errors/domain-error.js';
import type { EventDraft } from '../events/event-catalogue.js';
import { formatUnits } from '../money/price.js';
import type { Clock } from '../time/clock.js';
import type { Ids } from '../time/ids.js';
import type { Cause } from '../vocabulary/principal.js';
import type { Project } from './project.js';
import type { Limits } from '../vocabulary/limits.js';
import { projectNotFound, type Projects } from './projects.js';

/** Makes projects and changes their names and limits. */
export class ProjectCommands {
  constructor(
    private readonly projects: Projects,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError PROJECT_NAME_TAKEN */
  async create(name: string, limits: Limits, cause: Cause): Promise<Project> {
    const now = this.clock.now();
    const project: Project = { id: `prj_${this.ids.ulid()}`, name, limits, createdAt: now, updatedAt: now };
    if (!(await this.projects.create(project, { type: 'project.created', data: dataOf(project) }, cause))) {
      throw nameTaken(name);
    }
    return project;
  }

  /**
   * Repeating it is harmless.
   * @param limits all limits of the project. What is over a new limit stays; nothing is bought until there is room.
   * @throws DomainError PROJECT_NOT_FOUND, PROJECT_NAME_TAKEN
   */
  async change(idOrName: string, wanted: { name?: string; limits?: Limits }, cause: Cause): Promise<Project> {
    const found = await this.projects.find(idOrName);
    if (!found) throw projectNotFound(idOrName);
    const changed = await this.projects.change(
      found.id,
      (project) => {
        const set = { name: wanted.name ?? project.name, limits: wanted.limits ?? project.limits };
        if (isSame(project, set)) return null;
        return { set, event: { type: 'project.updated', data: dataOf(set) } };
      },
      this.clock.now(),
      cause,
    );
    if (changed === 'name-taken') throw nameTaken(wanted.name ?? '');
    if (!changed) throw projectNotFound(idOrName);
    return changed;
  }
}

type Settings = Pick<Project, 'name' | 'limits'>;

const isSame = (one: Settings, other: Settings): boolean =>
  one.name === other.name &&
  one.limits.maxInstances === other.limits.maxInstances &&
  one.limits.maxPricePerHour === other.limits.maxPricePerHour;

const dataOf = ({ name, limits: { maxInstances, maxPricePerHour } }: Settings): EventDraft<'project'>['data'] => ({
  name,
  maxInstances,
  maxDollarsPerHour: maxPricePerHour === null ? null : formatUnits(maxPricePerHour),
});

const nameTaken = (name: string): DomainError =>
  new DomainError('PROJECT_NAME_TAKEN', `A project has the name "${name}".`, {
    faults: [{ pointer: '/name', detail: 'must be unique among projects' }],
  });
