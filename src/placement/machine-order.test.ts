import { TAG_ENV } from '../novita-api/tag-env.js';
import { describe, expect, it } from 'vitest';
import { anAttempt, aSpec } from '../../test/support/snapshot-builder.js';
import { orderMachine, type TemplateUsed } from './machine-order.js';

const { offer } = anAttempt();
const template: TemplateUsed = {
  image: 'from/template:1',
  registryAuthId: 'auth-of-template',
  command: 'serve',
  entrypoint: '/entry',
  rootfsSizeGb: 100,
  ports: [{ port: 8000, protocol: 'http' }],
  envs: [
    { key: 'HOME', value: '/template' },
    { key: 'A', value: '1' },
  ],
  minCudaVersion: '12.4',
};
const order = (spec: Parameters<typeof aSpec>[0], used: TemplateUsed | null = template) =>
  orderMachine(aSpec(spec), used, offer, 'nvt-tag');
const silent = { image: null, templateId: '1', ports: null, rootfsSizeGb: null };

describe('what is ordered from Novita', () => {
  it('is the template’s where the caller is silent', () => {
    expect(order(silent)).toMatchObject({
      name: 'nvt-tag',
      productId: offer.productId,
      clusterId: offer.regionId,
      billingMode: 'spot',
      image: 'from/template:1',
      registryAuthId: 'auth-of-template',
      command: 'serve',
      entrypoint: '/entry',
      rootfsSizeGb: 100,
      ports: [{ port: 8000, protocol: 'http' }],
      minCudaVersion: '12.4',
    });
  });

  it('is the caller’s where the caller speaks, also when that is an empty list', () => {
    expect(
      order({ image: 'mine:1', command: 'run', ports: [], rootfsSizeGb: 20, registryAuthId: 'mine', gpuNum: 4 }),
    ).toMatchObject({
      image: 'mine:1',
      command: 'run',
      ports: [],
      rootfsSizeGb: 20,
      registryAuthId: 'mine',
      gpuNum: 4,
    });
  });

  it('another image does not get the credential of the template’s image', () => {
    expect(order({ ...silent, image: 'mine:1' })?.registryAuthId).toBeNull();
  });

  it('environment variables of the caller win over the template’s, and nobody’s win over the tag', () => {
    const mine = [
      { key: 'HOME', value: '/mine' },
      { key: TAG_ENV, value: 'forged' },
    ];
    expect(order({ ...silent, envs: mine })?.envs).toEqual([
      { key: 'HOME', value: '/mine' },
      { key: 'A', value: '1' },
      { key: TAG_ENV, value: 'nvt-tag' },
    ]);
  });

  it('without a template the disk is the 60 GB that cost nothing', () => {
    expect(order({ rootfsSizeGb: null }, null)).toMatchObject({ rootfsSizeGb: 60, command: null, entrypoint: null });
  });

  it('without an image and a template there is nothing to order', () => {
    expect(order({ image: null }, null)).toBeNull();
  });
});
