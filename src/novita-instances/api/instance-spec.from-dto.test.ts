import { expect, it } from 'vitest';
import { DomainError } from '../../errors/domain-error.js';
import type { CreateInstanceDto } from './dto/create-instance.dto.js';
import { assertConsistent, specFromDto } from './instance-spec.from-dto.js';

const body = (probe: object): CreateInstanceDto => ({
  name: 'one',
  productName: 'RTX 4090',
  image: 'example/image:1',
  ports: [
    { port: 8188, protocol: 'http' },
    { port: 22, protocol: 'tcp' },
  ],
  readiness: { probes: [probe] } as CreateInstanceDto['readiness'],
});

it.each([
  ['404', { from: 404, to: 404 }],
  ['200-299', { from: 200, to: 299 }],
  ['200-200', { from: 200, to: 200 }],
])('a probe that accepts %s accepts just that', (text, range) => {
  const spec = specFromDto(body({ port: 8188, type: 'http', accept: [text] }));
  expect(spec.readiness.probes).toEqual([{ port: 8188, type: 'http', path: '/', accept: [range] }]);
});

it.each([
  ['a port that is not asked for', { port: 8189, type: 'http' }, '/readiness/probes/0/port'],
  ['a tcp port in http', { port: 22, type: 'http' }, '/readiness/probes/0/type'],
  ['a path in tcp', { port: 22, type: 'tcp', path: '/' }, '/readiness/probes/0'],
])('a probe of %s is refused', (_, probe, pointer) => {
  const refused = (): unknown => {
    try {
      assertConsistent(body(probe), { readinessTimeoutSeconds: 600 });
      return 'accepted';
    } catch (error) {
      return error instanceof DomainError && [error.code, error.details.faults?.map((fault) => fault.pointer)];
    }
  };
  expect(refused()).toEqual(['VALIDATION_ERROR', [pointer]]);
});
