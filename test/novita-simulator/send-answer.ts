import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.js';
import type { FaultSpec } from './faults.js';
import type { LoggedRequest } from './request-log.js';

export function sendAnswer(response: ServerResponse, answer: Answer): void {
  const text = answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
  const type = answer.text === undefined ? 'application/json' : 'text/plain';
  response
    .writeHead(answer.status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...answer.headers })
    .end(text);
}

const GATEWAY_PAGE =
  '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>\n';

/** Sends what the fault demands. `right` is the correct answer, if the request was executed. */
export function sendSpoiled(
  response: ServerResponse,
  fault: FaultSpec,
  right: Answer | null,
  entry: LoggedRequest,
): void {
  if (fault.hang === true) return;
  const says =
    fault.status !== undefined || fault.body !== undefined || fault.emptyBody === true || fault.htmlError === true;
  const sends = says || fault.garbage === true || fault.redirect !== undefined || fault.hugeBody !== undefined;
  if (fault.drop === true || (!sends && fault.partialJson !== true)) {
    response.socket?.resetAndDestroy();
    return;
  }
  const status = fault.status ?? (fault.htmlError === true ? 502 : fault.redirect === undefined ? 200 : 302);
  entry.status = status;
  const retryAfter = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
  if (fault.partialJson === true) {
    const whole = JSON.stringify(right?.body ?? { id: 'unknown' });
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(whole) });
    response.write(whole.slice(0, Math.ceil(whole.length / 2)), () => response.socket?.destroy());
    return;
  }
  const { text, type } = spoiledBody(fault, status);
  const location =
    fault.redirect === undefined ? {} : { location: fault.redirect === true ? 'http://127.0.0.1:9/' : fault.redirect };
  response.writeHead(status, { 'content-type': fault.contentType ?? type, ...retryAfter, ...location }).end(text);
}

function spoiledBody(fault: FaultSpec, status: number): { text: string; type: string } {
  const json = 'application/json';
  if (fault.emptyBody === true || fault.redirect !== undefined) return { text: '', type: json };
  if (fault.htmlError === true) return { text: GATEWAY_PAGE, type: 'text/html' };
  if (fault.garbage === true) return { text: '\u0000\u0001{not json', type: json };
  if (fault.hugeBody !== undefined)
    return { text: `{"filler":"${'x'.repeat(Math.max(0, fault.hugeBody - 13))}"}`, type: json };
  if (typeof fault.body === 'string') return { text: fault.body, type: json };
  if (fault.body !== undefined) return { text: JSON.stringify(fault.body), type: json };
  const reason = fault.reason ?? (status === 429 ? 'RATE_LIMIT_EXCEEDED' : 'UNKNOWN');
  return {
    text: JSON.stringify({ code: status, reason, message: fault.message ?? 'unknown error', metadata: {} }),
    type: json,
  };
}
