import { DomainError, type Fault } from '../../errors/domain-error.js';
import { InputValidationPipe } from '../../http/input-validation.pipe.js';
import { isObject } from '../../http/input-shape.js';
import { mergePatch } from '../../http/merge-patch.js';
import { isDeepStrictEqual } from 'node:util';
import type { SpecWanted } from '../domain/apply-update.js';
import type { Snapshot } from '../domain/instance.js';
import type { InstanceSpec } from '../domain/instance-spec.js';
import type { Policy } from '../domain/policy.js';
import type { CreateInstanceDto } from './dto/create-instance.dto.js';
import { CHANGEABLE, FIXED, UpdateInstanceDto, type ChangeableField } from './dto/update-instance.dto.js';
import { MASK, specView } from './instance-spec.view.js';
import { assertConsistent, specFromDto } from './instance-spec.from-dto.js';

type Fields = Record<string, unknown>;

const pipe = new InputValidationPipe();

/**
 * What a merge patch makes of the spec of an instance. Only the fields that it names are judged: what earlier releases took stays.
 * @throws DomainError VALIDATION_ERROR, FIELD_NOT_CHANGEABLE
 */
export const specFromPatch = async (
  { instance }: Snapshot,
  patch: unknown,
  policy: Pick<Policy, 'readinessTimeoutSeconds'>,
): Promise<SpecWanted> => {
  const given: unknown = patch ?? (patch === undefined ? {} : null);
  if (!isObject(given)) throw refusal([{ pointer: '', detail: 'must be a JSON object' }]);
  const { spec } = instance;
  const now: Fields = { name: instance.name, project: instance.projectId, ...specView(spec, { secrets: true }) };
  const named = Object.keys(given);
  assertChangeable(given as Fields, now);
  // a merge takes away what is null: names that do not exist are refused before
  await updateFrom(given as Fields);
  const body = await updateFrom(mergePatch(only(now, named), given) as Fields);
  const changed = specFromDto(body as CreateInstanceDto);
  const fields = CHANGEABLE.filter((field) => named.includes(field)).map(specFieldOf);
  const wanted: InstanceSpec = { ...spec, ...only(changed as unknown as Fields, fields) };
  assertWhole(body, wanted, named);
  if (named.includes('ports') || named.includes('readiness')) {
    const whole = Object.entries(specView(wanted, { secrets: true })).filter(([, value]) => value !== null);
    assertConsistent(Object.fromEntries(whole) as unknown as CreateInstanceDto, policy);
  }
  return { spec: wanted, strategy: body.strategy ?? 'inPlace' };
};

const updateFrom = async (fields: Fields): Promise<UpdateInstanceDto> => {
  const names = Object.keys(fields).filter((name) => !FIXED.has(name));
  return (await pipe.transform(only(fields, names), {
    type: 'body',
    metatype: UpdateInstanceDto,
  })) as UpdateInstanceDto;
};

const specFieldOf = (field: ChangeableField): string => (field === 'rootfsSize' ? 'rootfsSizeGb' : field);

/** A field that cannot be changed may be named with the value that it has. */
const assertChangeable = (given: Fields, now: Fields): void => {
  const faults = Object.keys(given)
    .filter((name) => FIXED.has(name) && !isDeepStrictEqual(given[name], now[name] ?? null))
    .map((name): Fault => ({ pointer: `/${name}`, detail: 'cannot be changed: create another instance' }));
  if (faults.length === 0) return;
  const names = faults.map(({ pointer }) => pointer.slice(1)).join(', ');
  throw new DomainError('FIELD_NOT_CHANGEABLE', `${names} cannot be changed.`, { faults });
};

const assertWhole = ({ envs = [] }: UpdateInstanceDto, wanted: InstanceSpec, named: readonly string[]): void => {
  const faults: Fault[] = [];
  if (wanted.image === null && wanted.templateId === null) {
    faults.push({ pointer: '/image', detail: 'must be given, since the instance has no template' });
  }
  if (named.includes('envs')) {
    const masked = envs.flatMap(({ value }, at) => (value === MASK ? [at] : []));
    faults.push(
      ...masked.map((at) => ({
        pointer: `/envs/${at}/value`,
        detail: `must be the value itself: ${MASK} stands for it in answers`,
      })),
    );
  }
  if (faults.length > 0) throw refusal(faults);
};

const only = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.filter((name) => name in fields).map((name) => [name, fields[name]]));

const refusal = (faults: Fault[]): DomainError => {
  const [first] = faults;
  return new DomainError('VALIDATION_ERROR', `${first?.pointer || 'The body'}: ${first?.detail ?? ''}`, { faults });
};
