import { ApiCaller } from './api-caller.js';
import { NovitaSimulator, type SimulatorOptions } from './novita-simulator.js';

export interface Stage {
  novita: NovitaSimulator;
  api: ApiCaller;
}

/** Runs a test against a simulator of its own, in explicit mode unless told; stopping it also checks the contract. */
export async function withNovita(options: SimulatorOptions, play: (stage: Stage) => Promise<void>): Promise<void> {
  const novita = await NovitaSimulator.start({ mode: 'explicit', seed: 7, ...options });
  try {
    await play({ novita, api: new ApiCaller(novita) });
  } catch (error) {
    // The test's own failure says more than what stop() would throw on top of it.
    await novita.stop().catch(() => undefined);
    throw error;
  }
  await novita.stop();
}
