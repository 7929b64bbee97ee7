/** `restore.sh --report URL`: the machines with our tag that the restored database does not know, and what they cost. */
const PATIENCE_SECONDS = 120;

const base = (process.argv[2] ?? '').replace(/\/+$/, '');

const key = process.env.NOVITAI_API_KEY;
const headers = key ? { authorization: `Bearer ${key}` } : {};
const ask = async (path) => {
  const answer = await fetch(`${base}${path}`, { headers, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
  return answer.json();
};

const unknownMachines = async () => {
  const machines = [];
  for (let cursor = ''; cursor !== null;) {
    const page = await ask(`/api/machines?verdict=unknown&limit=100${cursor && `&cursor=${cursor}`}`);
    machines.push(...page.data);
    cursor = page.nextCursor ?? null;
  }
  return machines;
};

try {
  const began = Date.now();
  let fleet = await ask('/api/fleet');
  // a list that was not read yet is not empty, and the last reading in a backup is not from this process
  const isRead = ({ frozen, verifiedAt }) => {
    if (frozen && frozen.why !== 'restored-database') return true;
    const since = frozen ? Date.parse(frozen.since) : began - 60_000;
    return verifiedAt !== null && Date.parse(verifiedAt) > since;
  };
  while (!isRead(fleet) && (await unknownMachines()).length === 0) {
    if (Date.now() - began > PATIENCE_SECONDS * 1000)
      throw new Error(`Novita's list was not read: ${fleet.hold?.detail ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    fleet = await ask('/api/fleet');
  }
  const machines = await unknownMachines();
  console.log(fleet.frozen ? `frozen (${fleet.frozen.why}): ${fleet.frozen.detail}` : 'not frozen');
  console.log(`${machines.length} machines with our tag are not known to this database:`);
  for (const { id, name, status, pricePerInstanceHour: price } of machines) {
    console.log(`  ${id}  ${name}  ${status ?? ''}  ${price ? `$${price.amount} an hour` : 'price unknown'}`);
  }
  if (machines.length > 0) console.log('POST /api/machines/{id}/adopt, terminate or ignore decides on each.');
} catch (error) {
  console.error(`restore.sh --report: ${error.message}`);
  process.exit(1);
}
