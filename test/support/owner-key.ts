import { SCOPES } from '../../src/vocabulary/scope.js';
import { ApiClient } from './api-client.js';

/** Closes an open service by a first key that may do everything. Returns a client that has it. */
export const closeBy = async (url: string, name = 'owner'): Promise<{ owner: ApiClient; key: string }> => {
  const { body, status } = await new ApiClient(url).request<{ key: string }>('POST', '/api/keys', {
    name,
    scopes: SCOPES,
  });
  if (status !== 201) throw new Error(`no key was made: ${JSON.stringify(body)}`);
  return { owner: new ApiClient(url, { authorization: `Bearer ${body.key}` }), key: body.key };
};
