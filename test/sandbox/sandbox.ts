import path from 'node:path';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { banner } from './banner.js';
import { claimPort } from './claim-port.js';
import { cleanUp } from './clean-up.js';
import { lastWords, openDataPlace, type DataPlace } from './data-place.js';
import { HELP, readOptions, UsageError, type SandboxOptions } from './options.js';
import { RunningService } from './running-service.js';
import { sandboxKey } from './sandbox-key.js';
import { serviceEnvironment } from './service-environment.js';

export interface SandboxHost {
  /** Aborted to end the sandbox. */
  signal: AbortSignal;
  /** The folder of the project, with the built service in `dist`. */
  root: string;
  /** Builds `dist`. */
  buildService(): Promise<void>;
}

const EXIT_USAGE = 2;

/** Runs a sandbox until its end. Resolves with the exit code: 0 when it was asked to end, 1 when a part died. */
export async function runSandbox(args: string[], host: SandboxHost): Promise<number> {
  try {
    const options = readOptions(args, process.env['PORT']);
    if (options === null) {
      console.log(HELP);
      return 0;
    }
    const port = await claimPort(options.port);
    await host.buildService();
    const place = await openDataPlace(options.dataDir);
    return await runIn(place, { ...options, port }, host);
  } catch (error) {
    if (error === host.signal.reason && host.signal.aborted) return 0;
    console.error(error instanceof UsageError ? error.message : error);
    return error instanceof UsageError ? EXIT_USAGE : 1;
  }
}

async function runIn(place: DataPlace, options: SandboxOptions, { signal, root }: SandboxHost): Promise<number> {
  const { port, timeFactor, verbose } = options;
  const url = `http://127.0.0.1:${port}`;
  console.log('Starting the service with a PostgreSQL of its own ...');
  const apiKey = await sandboxKey(place, options.apiKey, root);
  const novita = await startNovita(place, timeFactor);
  const service = new RunningService({
    program: path.join(root, 'dist', 'bundle', 'main.js'),
    place,
    environment: serviceEnvironment({
      port,
      novitaBaseUrl: novita.baseUrl,
      dataDir: place.directory,
      timeFactor,
      apiKey,
    }),
    verbose,
  });
  try {
    await service.untilReady(url, signal);
    console.log(banner({ apiUrl: url, simulatorUrl: novita.url, apiKey }, options, place));
    const death = await Promise.race([service.ended, aborted(signal)]);
    if (death !== null) throw new Error(`The service ended (${death}), and so does the sandbox.`);
    return 0;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return 0;
    console.error((error as Error).message);
    const words = verbose ? '' : await lastWords(place);
    if (words !== '') console.error(`Its last words:\n${words}`);
    return 1;
  } finally {
    if (signal.aborted) console.log('Stopping ...');
    // the service ends first, since it may still send requests to the simulator
    await service.stop();
    await novita.stop();
    console.log('Stopped.');
  }
}

async function startNovita(place: DataPlace, timeFactor: number): Promise<NovitaSimulator> {
  try {
    const { simulatorState } = place;
    return await NovitaSimulator.start({ timeFactor, ...(simulatorState !== null && { stateFile: simulatorState }) });
  } catch (error) {
    await cleanUp({ servicePid: null, ...place });
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => {
      resolve(null);
    });
  });
}
