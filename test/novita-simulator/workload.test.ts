import net from 'node:net';
import { describe, expect, it } from 'vitest';
import type { NovitaSimulator } from './novita-simulator.js';
import { withNovita, type Stage } from './with-novita.js';

async function endpoints({ api }: Stage, id: string): Promise<string[]> {
  const { json } = await api.look(id);
  return (json?.portMappings as { endpoint: string }[]).map((mapping) => mapping.endpoint);
}

const httpStatus = async (address: string) => (await fetch(address)).status;

/** The first text of a TCP port; '' when it closes without text; null when it refuses. */
function greeting(address: string): Promise<string | null> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const socket = net.connect({ host, port: Number(port) });
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('close', () => {
      resolve('');
    });
    socket.once('error', () => {
      resolve(null);
    });
  });
}

async function answering(stage: Stage): Promise<{ id: string; http: string; ssh: string }> {
  const id = await stage.api.create({ ports: '8188/http, 22/tcp' });
  await stage.novita.advance(id, 'answering');
  const [http = '', ssh = ''] = await endpoints(stage, id);
  return { id, http, ssh };
}

const upAt = (novita: NovitaSimulator, id: string) => novita.machine(id).workloadUpAt;

describe('a workload', () => {
  it('has no endpoint before its machine runs, a 502 before it is up, and then answers', async () => {
    await withNovita({}, async (stage) => {
      const { api, novita } = stage;
      const id = await api.create({ name: 'web', ports: '8188/http, 22/tcp' });
      await novita.advance(id, 'pulling');
      expect(await endpoints(stage, id)).toEqual(['', '']);
      await novita.advance(id, 'running');
      const [http = '', ssh = ''] = await endpoints(stage, id);
      expect(await httpStatus(http)).toBe(502);
      expect(await greeting(ssh)).toBe('');
      expect(upAt(novita, id)).toBeNull();
      await novita.advance(id, 'answering');
      expect(await (await fetch(http)).text()).toBe('web answers\n');
      expect(await greeting(ssh)).toMatch(/^SSH-2\.0-/);
      expect(upAt(novita, id)).not.toBeNull();
    });
  });

  it('is reached by the SSH command and the Jupyter address that get shows', async () => {
    await withNovita({}, async ({ api, novita }) => {
      const id = await api.create({ ports: '22/tcp', tools: [{ name: 'Jupyter', port: '8888', type: 'http' }] });
      await novita.advance(id, 'answering');
      const { json } = await api.look(id);
      const { sshCommand, password } = json?.connectComponentSSH as { sshCommand: string; password: string };
      const [, port = '', host = ''] = /^ssh -p (\d+) root@(\S+)$/.exec(sshCommand) ?? [];
      expect(await greeting(`${host}:${port}`)).toMatch(/^SSH/);
      expect(password).toHaveLength(10);
      expect(await httpStatus((json?.connectComponentJupyter as { address: string }).address)).toBe(200);
    });
  });

  it.each(['stop', 'delete'] as const)('stops listening after a %s', async (action) => {
    await withNovita({}, async (stage) => {
      const { id, http, ssh } = await answering(stage);
      await stage.api.act(action, id);
      await stage.novita.advance(id, action === 'stop' ? 'exited' : 'removed');
      await stage.novita.settled();
      expect(upAt(stage.novita, id)).toBeNull();
      await expect(fetch(http)).rejects.toThrow();
      expect(await greeting(ssh)).toBeNull();
      expect(await endpoints(stage, id)).toEqual(['', '']);
    });
  });

  it('answers anew after a restart, on the same ports, and not in between', async () => {
    await withNovita({}, async (stage) => {
      const { id, http } = await answering(stage);
      await stage.api.act('restart', id);
      await stage.novita.advance(id, 'restarting');
      expect(await httpStatus(http)).toBe(502);
      await stage.novita.advance(id, 'running');
      expect(await httpStatus(http)).toBe(502);
      await stage.novita.advance(id, 'answering');
      expect(await httpStatus((await endpoints(stage, id))[0] ?? '')).toBe(200);
      expect((await endpoints(stage, id))[0]).toBe(http);
    });
  });

  it('can be broken and mended by a test', async () => {
    await withNovita({}, async (stage) => {
      const { id, http } = await answering(stage);
      const workload = stage.novita.workload(id);
      workload.answerWith(500);
      expect(await httpStatus(http)).toBe(500);
      workload.answerWith(200);
      await workload.stopListening();
      await expect(fetch(http)).rejects.toThrow();
      await workload.listenAgain();
      expect(await httpStatus(http)).toBe(200);
      workload.answerAfter(60_000);
      const client = new AbortController();
      const asked = fetch(http, { signal: client.signal });
      expect(
        await Promise.race([
          asked.then(() => 'answered'),
          fetch(`${stage.novita.baseUrl}/v1/clusters`).then(() => 'not yet'),
        ]),
      ).toBe('not yet');
      client.abort(new Error('given up'));
      await expect(asked).rejects.toThrow('given up');
    });
  });
});
