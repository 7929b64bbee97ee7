import { describe, expect, it } from 'vitest';
import { assertIfMatch, etagOf } from './etag.js';

describe('If-Match', () => {
  it.each([undefined, '*', '"3"', '"2", "3"', '"2","3"'])('%s allows a change of version 3', (header) => {
    expect(() => {
      assertIfMatch(header, 3);
    }).not.toThrow();
  });

  it.each(['"2"', 'W/"3"', '3', '', '"33"'])('%s refuses a change of version 3', (header) => {
    expect(() => {
      assertIfMatch(header, 3);
    }).toThrow(expect.objectContaining({ code: 'PRECONDITION_FAILED' }));
  });

  it('takes the tag that the service gave', () => {
    expect(() => {
      assertIfMatch(etagOf(41), 41);
    }).not.toThrow();
  });
});
