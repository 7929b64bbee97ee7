import { expect, it } from 'vitest';
import { pullFailureOf } from './pull-failure.js';

const judged = (code: string, message: string) => pullFailureOf({ failure: { code, message } });

it.each([
  ['PullImageFailed', 'manifest unknown'],
  ['ErrImagePull', 'pull access denied for example/private, repository does not exist or may require docker login'],
  ['ImagePullBackOff', 'Back-off pulling image "example/none:1"'],
  ['CREATE_FAILED', 'manifest for example/none:1 not found: manifest unknown'],
])('%s: %s is final', (code, message) => {
  expect(judged(code, message)).toBe('final');
});

it.each([
  ['PullImageFailed', 'toomanyrequests: You have reached your pull rate limit'],
  ['PullImageFailed', 'registry is down'],
  ['ErrImagePull', 'dial tcp: i/o timeout'],
  ['ErrImagePull', 'unexpected status code 503 Service Unavailable'],
])('%s: %s will pass', (code, message) => {
  expect(judged(code, message)).toBe('passing');
});

it.each([
  ['oom', 'out of memory'],
  ['CREATE_FAILED', 'the node went away'],
])('%s: %s has nothing to do with an image', (code, message) => {
  expect(judged(code, message)).toBeNull();
});
