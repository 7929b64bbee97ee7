/** Novita's answer to a request. */
export interface NovitaAnswer {
  status: number;
  body: string;
  retryAfterSeconds?: number | null;
}

export const refused = (status: number, reason: string, message = reason.toLowerCase()): NovitaAnswer => ({
  status,
  body: JSON.stringify({ code: status, reason, message, metadata: {} }),
});

export const done = (body: object): NovitaAnswer => ({ status: 200, body: JSON.stringify(body) });

/** 404 or 400: sources disagree about which of them Novita sends for a machine that it does not know. */
export const unknownMachine = (chance: number): NovitaAnswer =>
  chance < 0.5
    ? refused(404, 'RESOURCE_NOT_FOUND', 'instance not found')
    : refused(400, 'RESOURCE_NOT_FOUND', 'instance not fount');
