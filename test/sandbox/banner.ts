import type { DataPlace } from './data-place.js';
import type { SandboxOptions } from './options.js';

export interface SandboxAddresses {
  apiUrl: string;
  simulatorUrl: string;
  /** Null: none is needed. */
  apiKey: string | null;
}

/** What the user needs to begin. Each line can be copied as it is. */
export function banner(
  { apiUrl, simulatorUrl, apiKey }: SandboxAddresses,
  options: SandboxOptions,
  place: DataPlace,
): string {
  const { timeFactor, verbose } = options;
  const pace =
    timeFactor === 1 ? "Machines take as long as Novita's." : `Machines are ${timeFactor} times as quick as Novita's.`;
  const curl = apiKey === null ? 'curl -s' : `curl -s -H 'authorization: Bearer ${apiKey}'`;
  const instances = `${apiUrl}/api/instances`;
  return `
  The sandbox is ready. Nothing here is bought. ${pace}

    API         ${apiUrl}/api
    Swagger UI  ${apiUrl}/docs
    API key     ${apiKey ?? 'none is needed: only this computer reaches it  (--api-key: with one)'}
    Simulator   ${simulatorUrl}  (machines, costs, requests)
    Log         ${verbose ? 'here' : place.serviceLog}
    Data        ${place.directory}${place.temporary ? '  (removed at the end; --data DIR keeps it)' : ''}

  Try, in another terminal: create, look (again, until it is "ready"), delete.

    ${curl} ${instances} -H 'content-type: application/json' -d '{"name":"first","productName":"RTX 4090","templateId":"104005"}'
    ${curl} ${instances}/first
    ${curl} -X DELETE ${instances}/first

  Ctrl-C ends it.
`;
}
