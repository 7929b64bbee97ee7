/**
 * `npm run check:deploy`: what the tools of operators say about deploy/ and the scripts around the image. Needs promtool (Debian:
 * prometheus), shellcheck and kubectl on the PATH; one that is missing is a failure, for then nothing was checked.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const scripts = ['deploy/scripts', '.ci/docker', '.ci/image', '.ci/nginx'].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.sh'))
    .map((file) => `${folder}/${file}`),
);

const CHECKS = [
  ['promtool', 'check', 'rules', 'deploy/prometheus/alerts.yml'],
  ['promtool', 'test', 'rules', 'deploy/prometheus/alerts.test.yml'],
  ['promtool', 'check', 'config', '--syntax-only', 'deploy/prometheus/prometheus.yml'],
  ['shellcheck', '--external-sources', '--source-path=SCRIPTDIR', ...scripts],
  ['node', '.ci/dockerfile-faults.js', 'Dockerfile'],
  ['node', '.ci/manifest-faults.js', 'deploy/kubernetes/base', 'deploy/kubernetes/overlays/production'],
  ['node', '.ci/compose-faults.js', 'deploy/docker-compose.yml', 'deploy/docker-compose.prod.yml'],
];

let failed = 0;
for (const [command, ...args] of CHECKS) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  const ok = status === 0;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${command} ${args.join(' ')}`);
  if (!ok) {
    failed += 1;
    console.log(error ? `${command} cannot be run: ${error.message}` : `${stdout}${stderr}`);
  }
}
console.log(`${CHECKS.length - failed} checks passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
