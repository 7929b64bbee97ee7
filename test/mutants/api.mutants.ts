import { plantedIn } from './suite-mutant.js';

const API = 'test/e2e/instance-api.test.ts';
const SPEC = 'src/novita-instances/api/instance-spec.from-dto.test.ts';
const VIEW = 'src/novita-instances/api/instance.view.test.ts';

export const API_MUTANTS = plantedIn(
  'src/novita-instances',
  [
    'the first 20 attempts are shown instead of the last',
    'api/instance.view.ts',
    'attempts.slice(-SHOWN_ATTEMPTS)',
    'attempts.slice(0, SHOWN_ATTEMPTS)',
    VIEW,
  ],
  [
    'Reachable with one of two addresses',
    'domain/conditions.ts',
    'observation.endpoints.every((',
    'observation.endpoints.some((',
    'src/novita-instances/domain/conditions.test.ts',
  ],
  [
    'a page of instances that is exactly full has a cursor',
    'api/instances.service.ts',
    'nextCursor: hasMore && last ? INSTANCES_CURSOR.encode({ id',
    'nextCursor: last ? INSTANCES_CURSOR.encode({ id',
    API,
  ],
  [
    'a page of events that is exactly full has a cursor',
    'api/instances.service.ts',
    'this.store.events(instance.id, after, limit + 1), limit)',
    'this.store.events(instance.id, after, limit), limit - 1)',
    API,
  ],
  [
    'values of variables are shown to all',
    'api/instance-spec.view.ts',
    'value: show.secrets ? value : MASK',
    'value: show.secrets || value.length < 8 ? value : MASK',
    VIEW,
  ],
  [
    'the SSH password is shown to all',
    'api/instance.view.ts',
    '...(show.secrets && { password: access.sshPassword })',
    'password: access.sshPassword',
    VIEW,
  ],
  [
    'an instance that is stopped shows a connection',
    'api/instance.view.ts',
    "if (observation.state !== 'running') return null;",
    '',
    VIEW,
  ],
  [
    'the price of an instance is that of one GPU',
    'api/instance.view.ts',
    'offer.pricePerGpuHour * instance.spec.gpuNum',
    'offer.pricePerGpuHour',
    VIEW,
  ],
  [
    'a repetition with another receiver counts as the same create',
    'api/instances.service.ts',
    '...(isHooked && { webhook })',
    '',
    'test/e2e/instance-webhooks.test.ts',
  ],
  ['If-Match is not looked at', 'api/instances.service.ts', 'assertIfMatch(ifMatch, instance.lastEventSeq);', '', API],
  [
    'the same key with another body is a replay',
    'api/instances.service.ts',
    'const compared = { name: body.name, spec: asBefore(spec),',
    'const compared = { name: body.name,',
    API,
  ],
  [
    'a replay asks whether Novita still sells it',
    'commands/instance-commands.ts',
    'if (replay) return resultOf(replay, name);',
    "if (replay && replay.kind !== 'replayed') return resultOf(replay, name);",
    API,
  ],
  ['an unknown product is taken', 'api/catalogue-check.ts', 'if (offers) assertProduct(spec, offers.value);', '', API],
  [
    'a catalogue that hangs keeps the caller waiting',
    'api/catalogue-check.ts',
    'waitAtMost(PATIENCE_MS,',
    'waitAtMost(PATIENCE_MS * 1000,',
    'test/e2e/hanging-catalogue.test.ts',
  ],
  [
    'a probe of a port that is not asked for is taken',
    'api/instance-spec.from-dto.ts',
    'if (!found) return [{ pointer: `${pointer}/port`, detail: `must be one of ports ${whose}`.trimEnd() }];',
    'if (!found) return [];',
    SPEC,
  ],
  [
    'a status that a probe accepts is a range from 0',
    'api/instance-spec.from-dto.ts',
    "const [from = '', to = from] = text.split('-');",
    "const [to = '', from = '0'] = text.split('-').reverse();",
    SPEC,
  ],
  [
    'deletes are overdue after an hour',
    'domain/overdue.ts',
    'DELETE_OVERDUE_SECONDS = 600',
    'DELETE_OVERDUE_SECONDS = 3600',
    'test/integration/fleet-survey.test.ts',
  ],
  [
    'a key without secrets:read sees secrets',
    'api/instances.controller.ts',
    "    if (secrets) assertScope(identityOf(request), 'secrets:read');\n",
    '',
    'test/e2e/api-keys.test.ts',
  ],
);
