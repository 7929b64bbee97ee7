/** `health-check.sh`: what /health, /health/ready and /api/fleet say, for a person and as an exit code. */
const LOOK_AGAIN_MS = 500;
const TIMEOUT_MS = 5_000;

const [, , base = '', wait = '0', slow = '1000'] = process.argv;
const url = base.replace(/\/+$/, '');

const key = process.env.NOVITAI_API_KEY;
const headers = key ? { authorization: `Bearer ${key}` } : {};
const ask = async (path) => {
  const began = performance.now();
  const answer = await fetch(`${url}${path}`, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const body = await answer.json().catch(() => null);
  return { status: answer.status, body, ms: Math.round(performance.now() - began) };
};
const why = (error) => error.cause?.code ?? error.cause?.message ?? error.message;

const untilReady = async () => {
  const deadline = performance.now() + Number(wait) * 1000;
  for (;;) {
    const ready = await ask('/health/ready').catch((error) => ({ status: 0, body: null, why: why(error) }));
    if (ready.status === 200 || performance.now() > deadline) return ready;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
};

const tell = ({ body, ms }) => {
  console.log(`${body.status} in ${ms} ms, up for ${Math.round(body.uptime)} s`);
  if (ms > Number(slow)) console.log(`SLOW: more than ${slow} ms`);
  for (const [name, { status, message }] of Object.entries(body.dependencies)) {
    console.log(`  ${status.padEnd(4)} ${name}${message ? `: ${message}` : ''}`);
  }
};

try {
  const ready = await untilReady();
  if (ready.why) throw new Error(`${url} does not answer: ${ready.why}`);
  const health = await ask('/health');
  if (!health.body?.dependencies)
    throw new Error(`${url}/health answers ${health.status}, and not as Novitai does: ${health.body?.detail ?? ''}`);
  tell(health);
  if (ready.status !== 200) console.log(`NOT READY: waits for ${ready.body?.waitingFor?.join(', ')}`);
  const { status, body: fleet } = await ask('/api/fleet');
  if (status === 401 || status === 403) console.log(`the fleet was not looked at: ${fleet?.detail}`);
  if (status === 200 && fleet.frozen) console.log(`FROZEN (${fleet.frozen.why}): ${fleet.frozen.detail}`);
  if (status === 200 && fleet.createsPaused) console.log(`CREATES PAUSED: ${fleet.createsPaused.detail}`);
  process.exit(health.status === 200 && ready.status === 200 ? 0 : 1);
} catch (error) {
  console.error(`health-check.sh: ${why(error)}`);
  process.exit(1);
}
