/**
 * A stand-in for the Docker command line, as deploy-prod.sh uses it: containers and images are lines in the file that
 * STAND_IN_STATE names, and what was asked is written down there. Replicas of the image STAND_IN_SICK never become healthy, but
 * for the first STAND_IN_WELL of them; the one whose id begins with STAND_IN_STUCK cannot be stopped. What is run in the
 * container of the database is run for real, on STAND_IN_DATABASE_URL; without one it only seems so.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env.STAND_IN_STATE;
const state = JSON.parse(readFileSync(file, 'utf8'));
const args = process.argv.slice(2);
const tag = `novita-gpu-api:${process.env.NOVITAI_VERSION}`;
const done = (code = 0) => {
  state.calls.push(args.join(' '));
  // what callers meet at this moment
  state.leastHealthy = Math.min(
    state.leastHealthy,
    state.containers.filter(({ health }) => health === 'healthy').length,
  );
  writeFileSync(file, JSON.stringify(state));
  process.exit(code);
};
const print = (text) => process.stdout.write(`${text}\n`);
const container = (id) => state.containers.find((one) => one.id === id);

const up = (rest) => {
  const scale = rest.find((arg) => arg.startsWith('novita-gpu-api='));
  const wanted = scale ? Number(scale.split('=')[1]) : 0;
  while (state.containers.length < wanted) {
    const image = state.tags[tag];
    if (!image) {
      process.stderr.write(`no such image: ${tag}\n`);
      done(1);
    }
    const before = state.containers.filter((one) => one.image === image).length;
    const isSick = image === process.env.STAND_IN_SICK && before >= Number(process.env.STAND_IN_WELL ?? 0);
    const health = isSick ? 'unhealthy' : 'healthy';
    state.containers.push({ id: `c${++state.made}`.padEnd(16, '0'), image, health, status: 'running' });
  }
  done();
};

const inDatabase = ([program, ...options]) => {
  const url = process.env.STAND_IN_DATABASE_URL;
  if (url) {
    const { hostname, port, username, password, pathname } = new URL(url);
    const inside = { '--username': username, '--dbname': pathname.slice(1) };
    const { status } = spawnSync(
      program,
      options.map((option, index) => inside[options[index - 1]] ?? option),
      { stdio: 'inherit', env: { ...process.env, PGHOST: hostname, PGPORT: port, PGPASSWORD: password } },
    );
    done(status ?? 127);
  }
  if (program === 'psql') print('{"instances": 3, "machines": 2}');
  if (program === 'pg_dump') print('a dump');
  done();
};

const compose = (given) => {
  let rest = given;
  while (rest[0] === '-f') rest = rest.slice(2);
  const [verb, ...more] = rest;
  if (verb === 'ps' && more[0] === '--quiet') state.containers.forEach(({ id }) => print(id));
  if (verb === 'build') state.tags[tag] = `image-of-${process.env.NOVITAI_VERSION}`;
  if (verb === 'up') up(more);
  if (verb === 'exec' && more[1] === 'database') inDatabase(more.slice(2));
  done();
};

const [command, ...rest] = args;
if (command === 'compose') compose(rest);
if (command === 'inspect') {
  const one = container(rest.at(-1));
  if (!one) done(1);
  const format = rest[rest.indexOf('--format') + 1];
  print({ '{{.Image}}': one.image, '{{.State.Health.Status}}': one.health, '{{.State.Status}}': one.status }[format]);
}
if (command === 'image') {
  const [verb, name] = rest;
  if (!state.tags[name]) done(1);
  if (verb === 'save') print(`${name} is ${state.tags[name]}`);
}
if (command === 'tag') state.tags[rest[1]] = rest[0];
if (command === 'stop') {
  if (rest[0].startsWith(process.env.STAND_IN_STUCK)) done(1);
  container(rest[0]).health = 'gone';
}
if (command === 'rm') state.containers = state.containers.filter(({ id }) => id !== rest.at(-1));
done();
