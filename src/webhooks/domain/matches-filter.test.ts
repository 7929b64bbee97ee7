import { describe, expect, it } from 'vitest';
import { matchesFilter } from './matches-filter.js';

const PROJECT = 'prj_01JGFJJZ00N5MQ2YS3B3X8T1RV';
const EVENT = { type: 'status.changed', projectId: PROJECT };

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
    expect(matchesFilter({ eventTypes, labels, projectId: null }, EVENT, its)).toBe(matches);
  });

  it.each<[string, string | null, string | null, boolean]>([
    ['of operators', null, PROJECT, true],
    ['of operators', null, null, true],
    ['of a project', PROJECT, PROJECT, true],
    ['of a project', PROJECT, 'prj_00000000000000000000000000', false],
    ['of a project', PROJECT, null, false],
  ])('%s (%s), for an event of the project %s: %s', (_, projectId, its, matches) => {
    const event = { ...EVENT, projectId: its };
    expect(matchesFilter({ eventTypes: [], labels: {}, projectId }, event, undefined)).toBe(matches);
  });
});
