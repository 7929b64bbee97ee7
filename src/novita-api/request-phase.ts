import type { ClientRequest } from 'node:http';
import { TLSSocket } from 'node:tls';

/** How far one HTTP request got. Filled in by {@link watchPhase} while it runs. */
export interface RequestPhase {
  sent: boolean;
  status: number | null;
}

/**
 * Node holds a request back until the socket is connected and, for https, the handshake is done and the certificate is
 * accepted; before that event nothing of it can have left. Error codes alone do not tell: ECONNRESET may come on either side.
 */
export function watchPhase(request: ClientRequest, phase: RequestPhase): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) {
      phase.sent = true; // a connection that was kept, or one that we cannot place: assume the worse
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
