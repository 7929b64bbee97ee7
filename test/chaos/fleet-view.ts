import type { SeenEvent, SeenInstance } from './orders.js';

/** Deleted instances are listed only on request. */
const ALL_STATUSES =
  'pending,waiting_capacity,uncertain,provisioning,pulling,starting,running,ready,unready,recovering,stopping,stopped,failed,deleting,deleted';

/** Sends requests to the API over HTTP. */
export interface Asker {
  ask(method: 'GET', path: string): Promise<{ status: number; body: unknown }>;
}

interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

/** All entries of a list, page by page, or a sentence when the API refuses. */
const readAll = async <T>(api: Asker, path: string): Promise<T[] | string> => {
  const all: T[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { status, body } = await api.ask(
      'GET',
      cursor === '' ? path : `${path}&cursor=${encodeURIComponent(cursor)}`,
    );
    if (status !== 200) return `GET ${path} was answered with ${status} ${JSON.stringify(body)}`;
    const page = body as Page<T>;
    all.push(...page.data);
    cursor = page.nextCursor;
  }
  return all;
};

export const readEvents = (api: Asker, instanceId: string): Promise<SeenEvent[] | string> =>
  readAll(api, `/api/instances/${instanceId}/events?limit=100`);

/** Every instance that ever existed. */
export const readInstances = async (api: Asker): Promise<SeenInstance[]> => {
  const found = await readAll<SeenInstance>(api, `/api/instances?limit=100&status=${ALL_STATUSES}`);
  if (typeof found === 'string') throw new Error(found);
  return found;
};
