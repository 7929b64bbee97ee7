/** What `npm run check:deploy` says of a Dockerfile: nothing of ours, and the fault that was planted of every other. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const at = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const OURS = readFileSync(at('Dockerfile'), 'utf8');
const ENTRYPOINT = 'ENTRYPOINT ["dumb-init", "--"]';
const APT = 'apt-get update && apt-get install -y --no-install-recommends dumb-init && rm -rf /var/lib/apt/lists/*';

/** [what is in our Dockerfile, what is planted in its place, what has to be said] */
const PLANTED: [string, string, string][] = [
  ['node:24.21.0-bookworm-slim', 'node:latest', 'whatever is latest'],
  ['node:24.21.0-bookworm-slim', 'node', 'has no tag'],
  ['node:24.21.0-bookworm-slim', 'registry.example.com:5000/node', 'has no tag'],
  ['node:24.21.0-bookworm-slim', 'node:24-slim', 'no full version'],
  ['NODE_IMAGE=node:24.21.0-bookworm-slim', 'NODE_IMAGE', 'variable without a default'],
  ['USER 1001:1001\n', '', 'runs as root'],
  ['USER 1001:1001', 'USER root', 'runs as root'],
  ['USER 1001:1001', 'USER 0:1001', 'runs as root'],
  ['USER 1001:1001', 'USER 1001:1001\nUSER root', 'runs as root'],
  ['USER 1001:1001', 'USER nodejs', 'a name is not root'],
  [' && rm -rf /var/lib/apt/lists/*', '', 'lists of apt stay'],
  [' && rm -rf /var/lib/apt/lists/*', '\nRUN rm -rf /var/lib/apt/lists/*', 'lists of apt stay'],
  ['--no-install-recommends ', '', 'nobody asked for'],
  [' -y --no', ' --no', 'waits for an answer'],
  ['apt-get update && ', '', 'without an update'],
  [APT, `${APT} && apt-get -y dist-upgrade`, 'another image each day'],
  ['apt-get update &&', 'apt update &&', 'promises no interface'],
  ['WORKDIR /app\nCOPY --from', 'ADD https://example.com/tool /bin/tool\nWORKDIR /app\nCOPY --from', 'ADD of a URL'],
  ['COPY package.json ./', 'ADD package.json ./', 'ADD also unpacks'],
  ['COPY package.json ./', 'COPY . .', 'the whole folder'],
  ['COPY --from=build /app/dist', 'COPY --from=biuld /app/dist', 'is no stage'],
  [ENTRYPOINT, 'ENTRYPOINT dumb-init --', 'the shell gets the signals'],
  [ENTRYPOINT, '', 'no ENTRYPOINT'],
  [ENTRYPOINT, `${ENTRYPOINT}\n${ENTRYPOINT}`, 'There can only be one ENTRYPOINT'],
  ['CMD ["node", "dist/bundle/main.js"]', 'CMD node dist/bundle/main.js', 'the shell gets the signals'],
  [OURS.slice(OURS.indexOf('HEALTHCHECK'), OURS.indexOf('# passes signals')), '', 'no HEALTHCHECK'],
  ['HEALTHCHECK --interval', 'HEALTHCHECK --interva', 'Unknown flag: interva'],
  ['/usr/local/lib/node_modules /usr/local/bin/npm', '', 'brings npm'],
  ['rm -rf /usr/local/lib/node_modules', 'ls /usr/local/lib/node_modules', 'brings npm'],
  ['COPY package.json ./', 'COPY package.json ./\nRUN npm rebuild', 'needs npm in the image'],
  ['npm ci', 'npm install', 'other versions than the lock file'],
  [' && npm prune --omit=dev', '', 'the development dependencies'],
  ['ENV NODE_ENV', 'ENV NOVITA_API_KEY=x NODE_ENV', 'stays readable'],
  ['WORKDIR /app\nCOPY package', 'ARG NPM_TOKEN\nWORKDIR /app\nCOPY package', 'stays readable'],
  ['RUN npm ci', 'RUN curl -fsS https://example.com/it | sh && npm ci', 'run unseen'],
  ['RUN npm ci', 'RUN sudo npm ci', 'sudo'],
  ['RUN npm ci', 'RUN chmod -R 777 /app && npm ci', 'open to every user'],
  ['WORKDIR /app', 'WROKDIR /app', 'Unknown instruction'],
];

let place: string;
const planted = (index: number): string => path.join(place, `Dockerfile.${index}`);
const check = (...files: string[]): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [at('.ci/dockerfile-faults.js'), ...files], {
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
};
let allSaid: string[];

beforeAll(() => {
  place = mkdtempSync(path.join(tmpdir(), 'novitai-dockerfile-'));
  // all at once: starting Node takes longer than reading a Dockerfile
  for (const [index, [ours, theirs]] of PLANTED.entries())
    writeFileSync(
      planted(index),
      OURS.replace(ours, () => theirs),
    );
  allSaid = check(...PLANTED.map((_, index) => planted(index))).said.split('\n');
});
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

it('finds nothing in ours', () => {
  expect(check(at('Dockerfile'))).toEqual({ status: 0, said: '' });
});

it.each(PLANTED.map(([ours, theirs, fault], index) => ({ ours, theirs, fault, index })))(
  'for $ours → $theirs it says: $fault',
  ({ ours, fault, index }) => {
    expect(OURS).toContain(ours);
    const said = allSaid.filter((line) => line.startsWith(`${planted(index)}:`));
    expect(said).toContainEqual(expect.stringContaining(fault));
  },
);

it('one fault is a failure, and it says where; a digest is a version, a stage of its own is no base to judge', () => {
  const file = path.join(place, 'Dockerfile');
  writeFileSync(file, OURS.replace('bookworm-slim', `bookworm-slim@sha256:${'0'.repeat(64)}`));
  expect(check(file)).toEqual({ status: 0, said: '' });
  writeFileSync(file, `${OURS}\nFROM production AS tuned\nUSER root\n`);
  expect(check(file)).toEqual({ status: 1, said: `${file}:${OURS.split('\n').length + 2}: runs as root\n` });
});

it('without a file it fails: nothing was checked', () => {
  expect(check().status).toBe(1);
});
