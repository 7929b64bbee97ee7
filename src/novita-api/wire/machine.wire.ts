import type { MachineAccess, MachineEndpoint, MachineMake, SeenMachine } from '../novita-client.js';
import { TAG_ENV } from '../tag-env.js';
import { readHostAndPort, readUrl } from './endpoint-address.js';
import { machineState, spotState } from './machine-state.js';
import {
  isJsonObject,
  type JsonObject,
  readCount,
  readId,
  readExactly,
  readLine,
  readList,
  readPort,
  readSecret,
} from './read-fields.js';

/** A row of the instance list; null when it has no readable id or no status. Shows no secrets. */
export function decodeListedMachine(row: unknown): SeenMachine | null {
  return isJsonObject(row) ? decode(row, null) : null;
}

/** A look by id: the machine itself, or wrapped as `{"instance": {…}}`. Null when it has no readable id or no status. */
export function decodeMachine(body: unknown): SeenMachine | null {
  if (!isJsonObject(body)) return null;
  const machine = body.id === undefined && isJsonObject(body.instance) ? body.instance : body;
  return decode(machine, decodeAccess(machine));
}

function decode(machine: JsonObject, access: MachineAccess | null): SeenMachine | null {
  const machineId = readId(machine.id);
  const statusWord = readLine(machine.status, 63);
  if (machineId === null || statusWord === null) return null;
  const state = machineState(statusWord);
  return {
    machineId,
    name: readExactly(machine.name) ?? '',
    envTag: readEnvTag(machine.envs),
    state,
    statusWord,
    failure: readFailure(machine.statusError),
    make: readMake(machine),
    endpoints: readList(machine.portMappings).flatMap(readEndpoint),
    spot: spotState(machine.spotStatus, machine.spotReclaimTime, state),
    access,
  };
}

function readMake(machine: JsonObject): MachineMake {
  const { billingMode } = machine;
  return {
    productId: readId(machine.productId),
    productName: readLine(machine.productName),
    clusterId: readId(machine.clusterId),
    clusterName: readLine(machine.clusterName),
    gpuNum: readCount(machine.gpuNum),
    billingMode: billingMode === 'onDemand' || billingMode === 'spot' ? billingMode : null,
    image: readLine(machine.imageUrl, 500),
    rootfsSizeGb: readCount(machine.rootfsSize),
  };
}

function readEnvTag(envs: unknown): string | null {
  const tag = readList(envs).find((env) => isJsonObject(env) && env.key === TAG_ENV);
  return isJsonObject(tag) ? readExactly(tag.value) : null;
}

function readFailure(error: unknown): SeenMachine['failure'] {
  if (!isJsonObject(error)) return null;
  const code = readLine(error.state, 63);
  const message = readLine(error.message, 300);
  return code === null && message === null ? null : { code: code ?? 'UNNAMED', message: message ?? '' };
}

function readEndpoint(mapping: unknown): MachineEndpoint[] {
  if (!isJsonObject(mapping)) return [];
  const port = readPort(mapping.port);
  if (port === null) return [];
  if (mapping.type === 'http') return [{ port, protocol: 'http', address: readUrl(mapping.endpoint, ['http']) }];
  return mapping.type === 'tcp' ? [{ port, protocol: 'tcp', address: readHostAndPort(mapping.endpoint) }] : [];
}

/** People paste this line into a shell, so only plain words pass, and no option that runs a command. */
const SAFE_SSH = /^ssh(?: (?!-[A-Za-z]*[oFJ])[A-Za-z0-9@.:_/~[\]-]+)+$/;

function readSshCommand(value: unknown): string | null {
  const command = readLine(value, 512);
  return command !== null && SAFE_SSH.test(command) ? command : null;
}

function decodeAccess(machine: JsonObject): MachineAccess {
  const part = (name: string): JsonObject => (isJsonObject(machine[name]) ? machine[name] : {});
  const ssh = part('connectComponentSSH');
  const terminal = part('connectComponentWebTerminal');
  const logs = part('connectComponentLog');
  const terminalAddress = readUrl(terminal.address, ['http', 'ws']);
  return {
    sshCommand: readSshCommand(ssh.sshCommand) ?? readSshCommand(machine.sshCommand),
    sshPassword: readSecret(ssh.password) ?? readSecret(machine.sshPassword),
    webTerminal:
      terminalAddress === null
        ? null
        : {
            address: terminalAddress,
            username: readLine(terminal.username) ?? '',
            password: readSecret(terminal.password) ?? '',
          },
    jupyterUrl: readUrl(part('connectComponentJupyter').address, ['http']),
    logs: {
      system: readUrl(logs.systemLogAddress, ['http', 'ws']),
      instance: readUrl(logs.instanceLogAddress, ['http', 'ws']),
    },
  };
}
