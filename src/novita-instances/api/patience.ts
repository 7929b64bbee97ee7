import type { FastifyReply } from 'fastify';
import { beSilentFor } from '../../http/open-answers.js';
import type { Patience } from '../waits/instance-waits.service.js';

/** How long a request waits: no longer than its client, and with a connection that may be silent for so long. */
export const patienceOf = (reply: FastifyReply, seconds: number): Patience => ({
  seconds,
  onWait: () => beSilentFor(reply.request, seconds * 1000),
  onGone: (act) => {
    reply.raw.once('close', act);
    return () => reply.raw.off('close', act);
  },
});
