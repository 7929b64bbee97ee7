/**
 * Run inside of the container, by its own user and under its own limits: what holds it. On standard input, for nothing of it
 * is in the image.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';

const fact = (what, holds, seen = '') => {
  console.log(`${holds ? 'ok  ' : 'FAIL'}  ${what}${seen === '' ? '' : `: ${seen}`}`);
  if (!holds) process.exitCode = 1;
};
const read = (file) => readFileSync(file, 'utf8').trim();
const codeOf = (action) => {
  try {
    action();
    return 'allowed';
  } catch (error) {
    return error.code;
  }
};

const processes = readdirSync('/proc')
  .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  .flatMap((pid) => {
    try {
      const status = Object.fromEntries(
        read(`/proc/${pid}/status`)
          .split('\n')
          .map((line) => line.split(/:\s*/)),
      );
      return [status];
    } catch {
      return []; // it has ended
    }
  });
const all = (holds) => processes.length > 0 && processes.every(holds);
fact('process 1 is dumb-init', read('/proc/1/comm') === 'dumb-init', read('/proc/1/comm'));
fact(
  `all ${processes.length} processes run as 1001:1001`,
  all(({ Uid, Gid }) => Uid === '1001\t1001\t1001\t1001' && Gid === Uid),
);
fact(
  'none has a capability or can get one',
  all(({ CapPrm, CapBnd }) => /^0+$/.test(CapPrm + CapBnd)),
);
fact(
  'none can get new privileges',
  all(({ NoNewPrivs }) => NoNewPrivs === '1'),
);
fact(
  'system calls are filtered',
  all(({ Seccomp }) => Seccomp === '2'),
);

const PLACES = ['/', '/app/', '/app/dist/', '/etc/', '/usr/local/bin/', '/var/', '/run/'];
const codes = PLACES.map((place) => codeOf(() => writeFileSync(`${place}a-file`, '')));
fact(
  'the root cannot be written to',
  codes.every((code) => code === 'EROFS'),
  [...new Set(codes)].join(),
);
for (const [place, size] of [
  ['/tmp', 100],
  ['/var/tmp', 50],
]) {
  const program = `${place}/a-program`;
  const wrote = codeOf(() => copyFileSync('/bin/true', program));
  fact(`${place} can be written to`, wrote === 'allowed', wrote === 'allowed' ? '' : wrote);
  if (wrote !== 'allowed') continue;
  chmodSync(program, 0o755);
  const ran = spawnSync(program).error?.code ?? 'allowed';
  rmSync(program);
  fact(`${place} cannot be run from`, ran === 'EACCES', ran);
  const { blocks, bsize } = statfsSync(place);
  fact(`${place} has ${size} MB`, blocks * bsize === size * 2 ** 20, `${(blocks * bsize) / 2 ** 20}`);
}

const V2 = existsSync('/sys/fs/cgroup/memory.max');
const group = (v2, v1) => read(`/sys/fs/cgroup/${V2 ? v2 : v1}`);
const memory = group('memory.max', 'memory/memory.limit_in_bytes');
const quota = V2 ? group('cpu.max') : `${group('', 'cpu/cpu.cfs_quota_us')} ${group('', 'cpu/cpu.cfs_period_us')}`;
const [most, period] = quota.split(' ').map(Number);
const version = `cgroup v${V2 ? 2 : 1}`;
fact('512 MB of memory', memory === String(512 * 2 ** 20), `${memory} bytes, ${version}`);
fact('half a CPU', most / period === 0.5, `${quota}, ${version}`);

// what processes share is counted in each of them, but once in the cgroup, which counts cached files too
const resident = new Map();
for (const { Name, VmRSS } of processes) {
  const { megabytes, count } = resident.get(Name) ?? { megabytes: 0, count: 0 };
  resident.set(Name, { megabytes: megabytes + parseInt(VmRSS, 10) / 1024, count: count + 1 });
}
const told = [...resident].map(([name, { megabytes, count }]) => `${name} ${Math.round(megabytes)} MB (${count})`);
const used = group('memory.current', 'memory/memory.usage_in_bytes');
console.log(`      resident: ${told.join(', ')}; in all ${Math.round(used / 2 ** 20)} MB`);
