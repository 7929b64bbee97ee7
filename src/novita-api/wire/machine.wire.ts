import { UpstreamText } from '../../redaction/upstream-text.js';
import type { MachineAccess, MachineEndpoint, MachineMake, SeenMachine } from '../novita-client.js';
import { TAG_ENV } from '../tag-env.js';
import { readContent } from './content.wire.js';
import { readHostAndPort, readUrl } from './endpoint-address.js';
import { machineState, readTime, spotState } from './machine-state.js';
import {
  isJsonObject,
  type JsonObject,
  readCount,
  readId,
  readLine,
  readList,
  readPort,
  readSecret,
} from './read-fields.js';

const WORD_CHARACTERS = 63;
const LINE_CHARACTERS = 255;
const FAILURE_CHARACTERS = 300;
const IMAGE_CHARACTERS = 500;

/** Decodes a row of the instance list, which has no secrets. Null without a readable id and status. */
export function decodeListedMachine(row: unknown): SeenMachine | null {
  return isJsonObject(row) ? decode(row, null) : null;
}

/** Decodes the answer to a look by id: the machine, bare or as `{"instance": {…}}`. Null without a readable id and status. */
export function decodeMachine(body: unknown): SeenMachine | null {
  if (!isJsonObject(body)) return null;
  const machine = body.id === undefined && isJsonObject(body.instance) ? body.instance : body;
  return decode(machine, decodeAccess(machine));
}

function decode(machine: JsonObject, access: MachineAccess | null): SeenMachine | null {
  const machineId = readId(machine.id);
  const statusWord = readLine(machine.status, WORD_CHARACTERS);
  if (machineId === null || statusWord === null) return null;
  const state = machineState(statusWord);
  const nearby = secretsIn(machine);
  const upstream = (text: string, maxCharacters = LINE_CHARACTERS): UpstreamText =>
    new UpstreamText(text, maxCharacters, nearby);
  return {
    machineId,
    name: upstream(readText(machine.name) ?? ''),
    envTag: readEnvTag(machine.envs),
    state,
    // a known status word cannot repeat a secret
    statusWord:
      state === 'unknown'
        ? upstream(readText(machine.status) ?? '', WORD_CHARACTERS)
        : new UpstreamText(statusWord, WORD_CHARACTERS),
    failure: readFailure(machine.statusError, upstream),
    make: readMake(machine, upstream),
    content: readContent(machine),
    endpoints: readList(machine.portMappings).flatMap(readEndpoint),
    startedAt: readTime(machine.lastStartedAt),
    spot: spotState(machine.spotStatus, machine.spotReclaimTime, state),
    access,
  };
}

type Upstream = (text: string, maxCharacters?: number) => UpstreamText;

/** The text, or null when the value is not a text or has nothing printable. */
const readText = (value: unknown): string | null => (readLine(value) === null ? null : (value as string));

/** The secrets of the machine in this answer. Other texts of the answer may repeat them. */
function secretsIn(machine: JsonObject): string[] {
  const envs = readList(machine.envs).filter((env) => isJsonObject(env) && env.key !== TAG_ENV) as JsonObject[];
  const { sshPassword, webTerminal, jupyterUrl } = decodeAccess(machine);
  const values = [...envs.map(({ value }) => value), sshPassword, webTerminal?.password, jupyterUrl];
  return values.filter((value) => typeof value === 'string');
}

function readMake(machine: JsonObject, upstream: Upstream): MachineMake {
  const { billingMode } = machine;
  const readUpstream = (value: unknown, maxCharacters?: number): UpstreamText | null => {
    const text = readText(value);
    return text === null ? null : upstream(text, maxCharacters);
  };
  return {
    productId: readId(machine.productId),
    productName: readUpstream(machine.productName),
    clusterId: readId(machine.clusterId),
    clusterName: readUpstream(machine.clusterName),
    gpuNum: readCount(machine.gpuNum),
    billingMode: billingMode === 'onDemand' || billingMode === 'spot' ? billingMode : null,
    image: readUpstream(machine.imageUrl, IMAGE_CHARACTERS),
    rootfsSizeGb: readCount(machine.rootfsSize),
  };
}

function readEnvTag(envs: unknown): UpstreamText | null {
  const tag = readList(envs).find((env) => isJsonObject(env) && env.key === TAG_ENV);
  const text = isJsonObject(tag) ? readText(tag.value) : null;
  return text === null ? null : new UpstreamText(text, LINE_CHARACTERS);
}

function readFailure(error: unknown, upstream: Upstream): SeenMachine['failure'] {
  if (!isJsonObject(error)) return null;
  const code = readText(error.state);
  const message = readText(error.message);
  if (code === null && message === null) return null;
  return { code: upstream(code ?? 'UNNAMED', WORD_CHARACTERS), message: upstream(message ?? '', FAILURE_CHARACTERS) };
}

function readEndpoint(mapping: unknown): MachineEndpoint[] {
  if (!isJsonObject(mapping)) return [];
  const port = readPort(mapping.port);
  if (port === null) return [];
  if (mapping.type === 'http') return [{ port, protocol: 'http', address: readUrl(mapping.endpoint, ['http']) }];
  return mapping.type === 'tcp' ? [{ port, protocol: 'tcp', address: readHostAndPort(mapping.endpoint) }] : [];
}

/** People paste this line into a shell, so only plain words are allowed, and no option that runs a command. */
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
