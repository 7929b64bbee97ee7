import type { DataPlace } from './data-place.js';
import type { SandboxOptions } from './options.js';

/** What the user needs to begin. Each line can be copied as it is. */
export function banner(apiUrl: string, simulatorUrl: string, options: SandboxOptions, place: DataPlace): string {
  const { timeFactor, verbose } = options;
  const pace =
    timeFactor === 1 ? "Machines take as long as Novita's." : `Machines are ${timeFactor} times as quick as Novita's.`;
  const instances = `${apiUrl}/api/instances`;
  return `
  The sandbox is ready. Nothing here is bought. ${pace}

    API         ${apiUrl}/api
    Swagger UI  ${apiUrl}/docs
    Simulator   ${simulatorUrl}  (machines, costs, requests)
    Log         ${verbose ? 'here' : place.serviceLog}
    Data        ${place.directory}${place.temporary ? '  (removed at the end; --data DIR keeps it)' : ''}

  Try, in another terminal: create, look (again, until it is "ready"), delete.

    curl -s ${instances} -H 'content-type: application/json' -d '{"name":"first","productName":"RTX 4090","templateId":"104005"}'
    curl -s ${instances}/first
    curl -s -X DELETE ${instances}/first

  Ctrl-C ends it.
`;
}
