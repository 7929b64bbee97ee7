import type { ClientRequest } from 'node:http';
import { TLSSocket } from 'node:tls';

/** How far an HTTP request got. {@link watchPhase} updates it while the request runs. */
export interface RequestPhase {
  sent: boolean;
  status: number | null;
}

/**
 * Records whether anything of a request was sent. Node holds a request back until the socket is connected and, for https, the certificate
 * is accepted. Error codes do not tell: ECONNRESET may come before or after.
 */
export function watchPhase(request: ClientRequest, phase: RequestPhase): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) {
      phase.sent = true; // a kept connection, or an unknown one: assume that it was sent
      return;
    }
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      phase.sent = true;
    });
  });
  request.once('response', (response) => {
    phase.status = response.statusCode ?? null;
  });
}
