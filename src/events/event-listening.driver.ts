import pg from 'pg';
import { APPLICATION_NAME } from '../database/pool.js';
import { sessionUrl } from '../database/session-url.js';
import { waitAtMost } from '../time/within.js';
import type { EventListening, TailSource } from './event-tail.js';

/** The channel of the trigger `events_announced`. */
const CHANNEL = 'novitai_events';
/** A server that is silent for longer is given up, and the connection is made anew. */
const ANSWER_WITHIN_MS = 5_000;
const END_WITHIN_MS = 1_000;

/** Opens a connection of its own, since a connection of the pool belongs to many. */
export const listenForEvents = async (
  url: string,
  { announced, lost }: Parameters<TailSource['listen']>[0],
): Promise<EventListening> => {
  const client = new pg.Client({
    connectionString: sessionUrl(url),
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    keepAlive: true,
  });
  let isOpen = true;
  const loseOnce = (error: Error): void => {
    if (isOpen) lost(error);
    isOpen = false;
  };
  client.on('error', loseOnce);
  client.on('end', () => loseOnce(new Error('the connection ended')));
  client.on('notification', announced);
  const close = async (): Promise<void> => {
    isOpen = false;
    await waitAtMost(END_WITHIN_MS, client.end()).catch(() => undefined);
  };
  try {
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    lastPosition: async () => {
      const { rows } = await client.query<{ last: string }>('SELECT last FROM event_positions');
      return Number(rows[0]?.last ?? 0);
    },
    close,
  };
};
