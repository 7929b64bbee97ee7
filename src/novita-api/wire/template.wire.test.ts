import { describe, expect, it } from 'vitest';
import { decodeTemplatePage } from './page.wire.js';
import { decodeTemplate } from './template.wire.js';

const template = (fields: object = {}): object => ({ Id: '1', name: 't', image: 'ubuntu:22.04', ...fields });

describe('reading a template', () => {
  it('reads one bare or wrapped, with either spelling of its id', () => {
    expect(decodeTemplate({ template: template() })).toEqual(decodeTemplate(template()));
    expect(decodeTemplate({ id: 1, image: 'x' })).toMatchObject({ templateId: '1', name: '1', image: 'x' });
  });

  it('flattens its ports and leaves out what cannot be asked for on create', () => {
    const ports = [
      { type: 'http', ports: [8080, '8081', 0] },
      { type: 'udp', ports: [53] },
      { type: 'tcp', ports: null },
      null,
    ];
    expect(decodeTemplate(template({ ports }))?.ports).toEqual([
      { port: 8080, protocol: 'http' },
      { port: 8081, protocol: 'http' },
    ]);
  });

  it('keeps the lines of a readme and drops its other controls', () => {
    expect(decodeTemplate(template({ readme: '# A\n\tb\u0000\u001bc' }))?.readme).toBe('# A\n\tbc');
  });

  it('keeps a command to the letter', () => {
    const startCommand = 'bash -c "echo a\n\techo b"';
    expect(decodeTemplate(template({ startCommand, entrypoint: '' }))).toMatchObject({
      command: startCommand,
      entrypoint: null,
    });
  });

  it.each([
    ['no image', { image: '' }],
    ['an image that is too long', { image: 'x'.repeat(501) }],
    ['a command that is too long', { startCommand: 'x'.repeat(2048) }],
    ['a command with a NUL', { startCommand: 'a\0b' }],
    ['an entrypoint that is no text', { entrypoint: ['sh'] }],
    ['an env without a name', { envs: [{ value: 'x' }] }],
    ['an env that is too long', { envs: [{ key: 'A', value: 'x'.repeat(4096) }] }],
  ])('does not read one with %s rather than run something else', (_what, fields) => {
    expect(decodeTemplate(template(fields))).toBeNull();
  });

  it('leaves serverless and unreadable ones out of a page without losing count', () => {
    const rows = [template(), template({ Id: '2', type: 'serverless' }), template({ Id: '3', image: '' })];
    const page = decodeTemplatePage({ template: rows, total: '3' });
    expect(page).toMatchObject({ total: 3, unreadable: 0 });
    expect(page?.rows.map(({ row }) => row?.templateId)).toEqual(['1', undefined, undefined]);
  });
});
