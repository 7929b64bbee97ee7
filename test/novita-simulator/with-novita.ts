import { ApiCaller } from './api-caller.js';
import { NovitaSimulator, type SimulatorOptions } from './novita-simulator.js';

export interface Stage {
  novita: NovitaSimulator;
  api: ApiCaller;
}

/** Runs a test with a new simulator, by default in explicit mode. Stopping it also checks the contract. */
export async function withNovita(options: SimulatorOptions, play: (stage: Stage) => Promise<void>): Promise<void> {
  const novita = await NovitaSimulator.start({ mode: 'explicit', seed: 7, ...options });
  try {
    await play({ novita, api: new ApiCaller(novita) });
  } catch (error) {
    // The failure of the test says more than what stop() would throw.
    await novita.stop().catch(() => undefined);
    throw error;
  }
  await novita.stop();
}
