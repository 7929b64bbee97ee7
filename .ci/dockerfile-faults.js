/**
 * `node .ci/dockerfile-faults.js FILE…`: one line for each fault, exit code 1 when there is one. dockerfile-utils says what Docker
 * would not build; what would build and should not run is said by the rules below (why by rules of our own: docs/adr/0007).
 */
import { readFileSync } from 'node:fs';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';

const FULL_VERSION = /(^|[^\d.])v?\d+\.\d+\.\d+/;
const SECRET = /(^|_)(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/i;
const ROOT = /^(root|0+)$/;

const is =
  (...keywords) =>
  (instruction) =>
    keywords.includes(instruction.getKeyword().toUpperCase());
const words = (instruction) => instruction.getArguments().map((argument) => argument.getValue());
/** What a RUN runs, command by command. */
const commands = (instruction) =>
  words(instruction)
    .join(' ')
    .split(/\s*(?:&&|\|\||;)\s*/);

/** The reference of a FROM, with the defaults of the ARGs before it; null when a variable has none. */
const baseOf = (dockerfile, from) => {
  const defaults = new Map(
    dockerfile
      .getInitialARGs()
      .map((arg) => arg.getProperty())
      .map((property) => [property?.getName(), property?.getValue() ?? null]),
  );
  let known = true;
  const base = (from.getImage() ?? '').replace(/\$\{?(\w+)(?::-([^}]*))?\}?/g, (_, name, otherwise) => {
    const value = defaults.get(name) ?? otherwise;
    if (!value) known = false;
    return value ?? '';
  });
  return known ? base : null;
};

const stagesOf = (dockerfile) => {
  const stages = [];
  for (const instruction of dockerfile.getInstructions()) {
    if (is('FROM')(instruction)) {
      stages.push({ from: instruction, name: instruction.getBuildStage(), instructions: [] });
    } else {
      stages.at(-1)?.instructions.push(instruction);
    }
  }
  for (const [index, stage] of stages.entries()) {
    const base = baseOf(dockerfile, stage.from);
    stage.parent = stages.slice(0, index).find(({ name }) => name !== null && name === base) ?? null;
    stage.base = base;
  }
  return stages;
};

/** A stage, and those that it stands on, the lowest first: what is in its image. */
const layersOf = (stage) => (stage === null ? [] : [...layersOf(stage.parent), ...stage.instructions]);
const lowestBase = (stage) => (stage.parent ? lowestBase(stage.parent) : stage.base);

function* faultsOfBase({ from, base, parent }) {
  if (parent || base === 'scratch') return;
  if (base === null) return yield [from, 'the base is a variable without a default'];
  if (base.includes('@sha256:')) return;
  const [, tag] = /:([^/:]+)$/.exec(base) ?? [];
  if (tag === undefined) yield [from, `the base ${base} has no tag`];
  else if (/^latest/.test(tag)) yield [from, `the base ${base} is whatever is latest`];
  else if (!FULL_VERSION.test(tag)) yield [from, `the base ${base} names no full version, so it changes by itself`];
}

function* faultsOfApt(run) {
  const all = commands(run);
  const get = (verb) => all.filter((command) => new RegExp(`\\bapt(-get)?\\b(\\s+-\\S+)*\\s+${verb}\\b`).test(command));
  const installs = get('install');
  if (all.some((command) => /(^|\s)apt\s/.test(command)))
    yield [run, 'apt is for people and promises no interface: apt-get'];
  if (get('(dist-)?upgrade').length > 0) yield [run, 'an upgrade makes another image each day: take a newer base'];
  if (installs.some((command) => !/\s(-y|-qy|-yq|--yes|--assume-yes)\b/.test(command)))
    yield [run, 'apt-get install waits for an answer without -y'];
  if (installs.some((command) => !command.includes('--no-install-recommends')))
    yield [run, 'apt-get install brings what nobody asked for without --no-install-recommends'];
  if (installs.length > 0 && get('update').length === 0)
    yield [run, 'apt-get install without an update in the same RUN takes the list of an older layer'];
  if (get('update').length > 0 && !all.some((command) => /^rm\s+-rf?\s.*\/var\/lib\/apt\/lists/.test(command)))
    yield [run, 'the lists of apt stay in the layer: rm -rf /var/lib/apt/lists/* in the same RUN'];
}

function* faultsOfRun(run) {
  const text = words(run).join(' ');
  yield* faultsOfApt(run);
  if (/\bsudo\b/.test(text)) yield [run, 'sudo: USER says who runs what'];
  if (/\b(curl|wget)\b[^|;&]*\|\s*(\S*\/)?(ba|da|z)?sh\b/.test(text))
    yield [run, 'a script from elsewhere is run unseen'];
  if (/\bchmod\s+(-\S+\s+)*(0?777|a\+\S*w)/.test(text)) yield [run, 'open to every user for writing'];
  if (/\bnpm\s+(-\S+\s+)*(install|i|add|update)\b/.test(text))
    yield [run, 'npm install may take other versions than the lock file: npm ci'];
}

function* faultsOfInstruction(instruction, stages) {
  if (is('RUN')(instruction)) yield* faultsOfRun(instruction);
  if (is('ADD')(instruction)) {
    const remote = words(instruction).some((word) => /^(https?|ftp|git):\/\/|^git@/.test(word));
    yield [instruction, remote ? 'ADD of a URL: nobody checks what comes' : 'ADD also unpacks and fetches: COPY'];
  }
  if (is('ENTRYPOINT', 'CMD')(instruction) && !instruction.getOpeningBracket())
    yield [instruction, 'in the shell form the shell gets the signals: ["…"]'];
  if (is('ARG', 'ENV')(instruction)) {
    const named = is('ARG')(instruction) ? [instruction.getProperty()] : instruction.getProperties();
    for (const property of named)
      if (property && SECRET.test(property.getName()))
        yield [instruction, `${property.getName()} stays readable in the image: RUN --mount=type=secret`];
  }
  if (is('COPY')(instruction)) {
    const from = instruction
      .getFlags()
      .find((flag) => flag.getName() === 'from')
      ?.getValue();
    if (from && !stages.some(({ name }, index) => name === from || String(index) === from) && !FULL_VERSION.test(from))
      yield [instruction, `--from=${from} is no stage, and no image of a full version`];
  }
}

/** What holds for the image that is shipped, which is the last stage. */
function* faultsOfProduct(stage, stages) {
  const layers = layersOf(stage);
  const last = (keyword) => layers.filter(is(keyword)).at(-1);
  const user = last('USER');
  const name = user ? words(user).join('').split(':')[0] : 'root';
  if (ROOT.test(name)) yield [user ?? stage.from, 'runs as root'];
  else if (!/^\d+$/.test(name)) yield [user, 'Kubernetes cannot tell that a name is not root: a number'];
  for (const keyword of ['ENTRYPOINT', 'HEALTHCHECK']) if (!last(keyword)) yield [stage.from, `no ${keyword}`];

  for (const copy of stage.instructions.filter(is('COPY'))) {
    const sources = words(copy).slice(0, -1);
    const from = copy
      .getFlags()
      .find((flag) => flag.getName() === 'from')
      ?.getValue();
    if (!from && sources.some((source) => /^\.?\/?$/.test(source)))
      yield [copy, 'ships the whole folder of the project'];
    const source = stages.find(({ name: own }) => own !== null && own === from);
    if (source && sources.some((each) => each.endsWith('node_modules'))) {
      const omits = layersOf(source).some(
        (each) => is('RUN')(each) && /--omit[= ]dev|--production/.test(words(each).join(' ')),
      );
      if (!omits) yield [copy, 'ships the development dependencies: npm prune --omit=dev in that stage'];
    }
  }
  if (!/(^|\/)node(:|@|$)/.test(lowestBase(stage) ?? '')) return;
  const runs = layers.filter(is('RUN'));
  for (const run of runs)
    if (commands(run).some((command) => /^(npm|npx|yarn|corepack)\b/.test(command)))
      yield [run, 'needs npm in the image that is shipped: do it in a stage before'];
  const removed = runs
    .flatMap(commands)
    .filter((command) => /^rm\s+-\w*r/.test(command))
    .join(' ');
  const left = ['/usr/local/lib/node_modules', '/usr/local/bin/npm', '/usr/local/bin/npx'].filter(
    (file) => !removed.split(/\s+/).includes(file),
  );
  if (left.length > 0) yield [stage.from, `the base brings npm, and it is left there: ${left.join(', ')}`];
}

function* faultsOf(text) {
  for (const { message, range } of validate(text)) yield [range.start.line, message];
  const dockerfile = DockerfileParser.parse(text);
  const stages = stagesOf(dockerfile);
  if (stages.length === 0) return;
  const found = [...stages.flatMap((stage) => [...faultsOfBase(stage)])];
  for (const instruction of dockerfile.getInstructions()) found.push(...faultsOfInstruction(instruction, stages));
  found.push(...faultsOfProduct(stages.at(-1), stages));
  for (const [instruction, what] of found) yield [instruction.getRange().start.line, what];
}

const lines = process.argv
  .slice(2)
  .flatMap((file) => [...faultsOf(readFileSync(file, 'utf8'))].map(([line, what]) => `${file}:${line + 1}: ${what}`));
for (const line of lines) console.log(line);
process.exit(lines.length === 0 && process.argv.length > 2 ? 0 : 1);
