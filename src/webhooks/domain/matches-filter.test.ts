import { describe, expect, it } from 'vitest';
import { matchesFilter } from './matches-filter.js';

const PROJECT = 'prj_01JGFJJZ00N5MQ2YS3B3X8T1RV';
const INSTANCE = 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV';
const EVENT = { type: 'status.changed', projectId: PROJECT, subject: { kind: 'instance', id: INSTANCE } };
const OF_ALL = { projectId: null, instanceId: null };

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
    expect(matchesFilter({ eventTypes, labels, ...OF_ALL }, EVENT, its)).toBe(matches);
  });

  it.each<[string, string | null, string | null, boolean]>([
    ['of operators', null, PROJECT, true],
    ['of operators', null, null, true],
    ['of a project', PROJECT, PROJECT, true],
    ['of a project', PROJECT, 'prj_00000000000000000000000000', false],
    ['of a project', PROJECT, null, false],
  ])('%s (%s), for an event of the project %s: %s', (_, projectId, its, matches) => {
    const event = { ...EVENT, projectId: its };
    expect(matchesFilter({ eventTypes: [], labels: {}, ...OF_ALL, projectId }, event, undefined)).toBe(matches);
  });

  it.each<[string, { kind: string; id: string }, boolean]>([
    ['about it', { kind: 'instance', id: INSTANCE }, true],
    ['about another instance', { kind: 'instance', id: 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RW' }, false],
    ['about something with its id that is no instance', { kind: 'machine', id: INSTANCE }, false],
    ['about the fleet', { kind: 'fleet', id: 'fleet' }, false],
  ])('of an endpoint that belongs to an instance, for an event %s', (_, subject, matches) => {
    const filter = { eventTypes: [], labels: {}, projectId: PROJECT, instanceId: INSTANCE };
    expect(matchesFilter(filter, { ...EVENT, subject }, undefined)).toBe(matches);
  });
});
