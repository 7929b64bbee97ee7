/** Alerts and dashboard ask for metrics that there are, and each alert sends to a heading of the runbook that there is. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startApp, type RunningApp } from '../support/running-app.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Alert {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

const alerts = (parse(read('deploy/prometheus/alerts.yml')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
);
const dashboard = JSON.parse(read('deploy/grafana/novitai.json')) as {
  panels: { title: string; targets: { expr: string }[] }[];
};
const headings = new Set(
  [...read('docs/runbook.md').matchAll(/^## (.*)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  ),
);

describe('the alerts', () => {
  it.each(alerts.map((alert) => [alert.alert, alert] as const))('%s leads to a heading of the runbook', (_, alert) => {
    const [page, heading = ''] = alert.annotations.runbook.split('#');
    expect(page).toBe('docs/runbook.md');
    expect([...headings]).toContain(heading);
    expect(['critical', 'warning']).toContain(alert.labels.severity);
    expect(read('docs/runbook.md')).toContain(`\`${alert.alert}\``);
  });

  it('are tested, each of them, for firing', () => {
    const tests = (
      parse(read('deploy/prometheus/alerts.test.yml')) as {
        tests: { alert_rule_test: { alertname: string; exp_alerts: object[] }[] }[];
      }
    ).tests.flatMap(({ alert_rule_test }) => alert_rule_test);
    const fired = new Set(tests.filter(({ exp_alerts }) => exp_alerts.length > 0).map(({ alertname }) => alertname));
    expect(alerts.map(({ alert }) => alert).filter((alert) => !fired.has(alert))).toEqual([]);
  });
});

describe('metrics that are asked for', () => {
  let app: RunningApp;
  let known: Set<string>;

  beforeAll(async () => {
    app = await startApp();
    const text = await (await fetch(`${app.url}/metrics`)).text();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    known = new Set([
      'up',
      ...types.flatMap(([, name = '', type]) => (type === 'histogram' ? [`${name}_bucket`] : [name])),
    ]);
  });
  afterAll(() => app.stop());

  const unknownIn = (expr: string): string[] =>
    [...expr.matchAll(/([a-z0-9_]+)\{/g)].map(([, name = '']) => name).filter((name) => !known.has(name));

  it('by alerts are there', () => {
    expect(alerts.flatMap(({ alert, expr }) => unknownIn(expr).map((name) => `${alert}: ${name}`))).toEqual([]);
  });

  it('by the dashboard are there', () => {
    const asked = dashboard.panels.flatMap(({ title, targets }) =>
      targets.flatMap(({ expr }) => unknownIn(expr).map((name) => `${title}: ${name}`)),
    );
    expect(dashboard.panels.length).toBeGreaterThan(10);
    expect(asked).toEqual([]);
  });
});
