/**
 * What the image says of itself and what is in it.
 *   contents.js INSPECTED ROOT    what `podman image inspect` says, as a file, and the folder where the image is mounted
 */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fact, megabytes } from './facts.js';

const LARGEST = 10;
const [, , inspected, root] = process.argv;
const [{ Config: config, Healthcheck: health, Size: size }] = JSON.parse(readFileSync(inspected, 'utf8'));
const at = (...names) => path.join(root, ...names);
const json = JSON.stringify;

/** Files below a folder, as paths from there. Links are not followed. */
const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));

const bytesOf = (folder) => filesBelow(folder).reduce((sum, file) => sum + lstatSync(path.join(folder, file)).size, 0);

const packagesIn = (modules) =>
  readdirSync(modules).flatMap((name) =>
    name.startsWith('@') ? readdirSync(path.join(modules, name)).map((part) => `${name}/${part}`) : [name],
  );

fact('runs as user 1001:1001', config.User === '1001:1001', config.User);
fact('dumb-init is its entrypoint', json(config.Entrypoint) === '["dumb-init","--"]', json(config.Entrypoint));
fact('starts the service', json(config.Cmd) === '["node","dist/bundle/main.js"]', json(config.Cmd));
fact('has a health check', health?.Test?.[0] === 'CMD', health ? `${health.Interval / 1e9} s` : 'none');
fact('keeps its data in a volume', json(config.Volumes) === '{"/data":{}}', json(config.Volumes));
const secret = (config.Env ?? []).filter((line) => /KEY|PASSWORD|SECRET|TOKEN|PROXY|CERT|DATABASE_URL/i.test(line));
fact(
  'its environment holds nothing of the builder',
  secret.length === 0,
  secret.map((line) => line.split('=')[0]).join(),
);

const MANAGERS = ['lib/node_modules', 'bin/npm', 'bin/npx', 'bin/corepack', 'bin/yarn', 'bin/yarnpkg'];
const managers = MANAGERS.filter((name) => lstatSync(at('usr/local', name), { throwIfNoEntry: false }));
fact('has no npm', managers.length === 0, managers.join());

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const installed = packagesIn(at('app/node_modules')).filter((name) => !name.startsWith('.'));
// `devOptional`: somebody needs it in production if it happens to be there, and npm lets it stay
const development = Object.entries(packages).filter(
  ([place, { dev, devOptional }]) => (dev || devOptional) && existsSync(at('app', place)),
);
fact('has no development dependencies', development.length === 0, development.map(([place]) => place).join());
const missing = Object.entries(packages).filter(
  ([place, { dev, devOptional, optional }]) =>
    place !== '' && !dev && !devOptional && !optional && !existsSync(at('app', place)),
);
fact(`has its ${installed.length} packages`, missing.length === 0, missing.map(([place]) => place).join());

const app = readdirSync(at('app')).sort();
fact('/app is what the service needs', json(app) === '["dist","node_modules","package.json"]', app.join(' '));
const sources = filesBelow(at('app/dist')).filter((file) => /\.ts$|\.test\.|\.spec\./.test(file));
fact('has no sources and no tests', sources.length === 0, sources.slice(0, 3).join());
const strangers = filesBelow(at('root')).filter((file) => !['.bashrc', '.profile'].includes(file));
fact("has nothing of the build's home", strangers.length === 0, strangers.slice(0, 3).join());
const { uid, gid, mode } = lstatSync(at('data'));
fact('/data is private to user 1001', uid === 1001 && gid === 1001 && (mode & 0o777) === 0o700);

const modules = at('app/node_modules');
const sizes = installed.map((name) => [name, bytesOf(path.join(modules, name))]).sort(([, a], [, b]) => b - a);
const all = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
console.log(
  `      ${megabytes(size)} with its base; node_modules ${megabytes(all)}, dist ${megabytes(bytesOf(at('app/dist')))}`,
);
console.log(
  `      the ${LARGEST} largest: ${sizes
    .slice(0, LARGEST)
    .map(([name, bytes]) => `${name} ${megabytes(bytes)}`)
    .join(', ')}`,
);
