import type { SimulatorControls } from './simulator-controls.js';

/** The simulator's page in a browser: machines, money, requests. */
export function homePage(novita: SimulatorControls): string {
  const ledger = novita.ledger();
  const rows = ledger.map(
    (entry) =>
      `<tr><td>${escape(entry.machineId)}<td>${escape(entry.name)}<td>${entry.status}<td>${escape(entry.productId)}` +
      `<td>${escape(entry.clusterId)}<td>${entry.billingMode}<td>${entry.billedSeconds} s<td>$${entry.costUsd.toFixed(5)}</tr>`,
  );
  const total = ledger.reduce((sum, entry) => sum + entry.costUsd, 0);
  const counts = Object.entries(novita.countByOperation()).map(
    ([operation, count]) => `<li>${escape(operation)}: ${count}`,
  );
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Novita simulator</title>
<style>body{font:15px system-ui;margin:2rem}td,th{padding:.2rem .8rem;text-align:left}</style>
<h1>Novita simulator</h1>
<p>API base: <code>${novita.baseUrl}</code>. Nothing here is real, and nothing costs money.</p>
<table><tr><th>machine<th>name<th>status<th>product<th>cluster<th>billing<th>billed<th>cost</tr>${rows.join('')}</table>
<p>${ledger.length} machines, $${total.toFixed(5)} in all.</p>
<h2>Requests</h2><ul>${counts.join('')}</ul>
<p>JSON: <a href="/_sim/ledger">ledger</a>, <a href="/_sim/machines">machines</a>, <a href="/_sim/requests">requests</a>,
<a href="/_sim/stock">stock</a>, <a href="/_sim/switches">switches</a>.</p>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
