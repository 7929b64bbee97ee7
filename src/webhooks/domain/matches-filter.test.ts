import { describe, expect, it } from 'vitest';
import { matchesFilter } from './matches-filter.js';

const EVENT = { type: 'status.changed' };

describe('the filter of an endpoint', () => {
  it.each<[string[], Record<string, string>, Record<string, string> | undefined, boolean]>([
    [[], {}, undefined, true],
    [[], {}, { team: 'a' }, true],
    [['status.changed'], {}, undefined, true],
    [['instance.failed', 'status.changed'], {}, undefined, true],
    [['instance.failed'], {}, undefined, false],
    [[], { team: 'a' }, { team: 'a', more: 'x' }, true],
    [[], { team: 'a' }, { team: 'b' }, false],
    [[], { team: 'a', zone: 'z' }, { team: 'a' }, false],
    [[], { team: 'a' }, {}, false],
    // an event that is about no instance, or about one that is deleted
    [[], { team: 'a' }, undefined, false],
    [['instance.failed'], { team: 'a' }, { team: 'a' }, false],
    // names that every object has
    [[], { constructor: 'x' }, {}, false],
  ])('types %j and labels %j, for an instance with labels %j: %j', (eventTypes, labels, its, matches) => {
    expect(matchesFilter({ eventTypes, labels }, EVENT, its)).toBe(matches);
  });
});
