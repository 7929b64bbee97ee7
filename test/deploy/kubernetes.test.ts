/** Each field of the manifests that docs/production.md promises. That they can be put together, `npm run check:deploy` shows. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/config/settings.js';

const BASE = new URL('../../deploy/kubernetes/base/', import.meta.url);

interface Security {
  runAsNonRoot: boolean;
  runAsUser?: number;
  seccompProfile: { type: string };
}
interface Container {
  image: string;
  envFrom: object[];
  env?: object[];
  resources: { limits: Record<string, string>; requests: Record<string, string> };
  securityContext: Security & {
    allowPrivilegeEscalation: boolean;
    readOnlyRootFilesystem: boolean;
    capabilities: { drop: string[]; add?: string[] };
  };
  volumeMounts?: { name: string; mountPath: string }[];
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
}
interface Probe {
  httpGet: { path: string; port: string };
  periodSeconds: number;
  failureThreshold: number;
}
interface PodTemplate {
  metadata: { labels: Record<string, string> };
  spec: {
    automountServiceAccountToken: boolean;
    serviceAccountName: string;
    securityContext: Security;
    terminationGracePeriodSeconds?: number;
    containers: [Container];
    volumes?: { name: string; emptyDir: { medium: string; sizeLimit: string } }[];
  };
}
interface Manifest {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  data?: Record<string, string>;
  spec: Record<string, unknown> & { template: PodTemplate; selector: { matchLabels: Record<string, string> } };
}

const manifests = new Map(
  readdirSync(BASE)
    .filter((file) => file !== 'kustomization.yaml')
    .map((file) => {
      const manifest = parse(readFileSync(new URL(file, BASE), 'utf8'), { merge: true }) as Manifest;
      return [manifest.kind, manifest];
    }),
);
const of = (kind: string): Manifest => {
  const manifest = manifests.get(kind);
  if (!manifest) throw new Error(`there is no ${kind}`);
  return manifest;
};

it('every manifest is part of the base', () => {
  const { resources } = parse(readFileSync(new URL('kustomization.yaml', BASE), 'utf8')) as { resources: string[] };
  const files = readdirSync(BASE).filter((file) => file !== 'kustomization.yaml');
  expect([...resources].sort()).toEqual(files.sort());
});

describe('the deployment', () => {
  const { spec } = of('Deployment');
  const { spec: pod } = spec.template;
  const [container] = pod.containers;

  it('takes nobody away before another is ready', () => {
    expect(spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
    const grace = Number(of('ConfigMap').data?.SHUTDOWN_GRACE_SECONDS);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(grace);
  });

  it('has three probes, each for what it is for', () => {
    expect(container.livenessProbe?.httpGet).toEqual({ path: '/health/live', port: 'http' });
    expect(container.readinessProbe?.httpGet).toEqual({ path: '/health/ready', port: 'http' });
    expect(container.startupProbe?.httpGet).toEqual({ path: '/health/startup', port: 'http' });
    // an embedded recovery, or a migration, may take its time
    const { periodSeconds = 0, failureThreshold = 0 } = container.startupProbe ?? {};
    expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(120);
  });

  it('has the limits of the operators’ page, and its temporary directories', () => {
    expect(container.resources).toEqual({
      limits: { memory: '512Mi', cpu: '500m' },
      requests: { memory: '256Mi', cpu: '250m' },
    });
    expect(container.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(['/tmp', '/var/tmp']);
    expect(pod.volumes?.map(({ emptyDir }) => emptyDir)).toEqual([
      { medium: 'Memory', sizeLimit: '100Mi' },
      { medium: 'Memory', sizeLimit: '50Mi' },
    ]);
  });
});

describe.each(['Deployment', 'Job'])('the pods of the %s', (kind) => {
  const { spec: pod, metadata } = of(kind).spec.template;
  const [{ securityContext, envFrom }] = pod.containers;

  it('keep to the restricted standard, as 1001', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1001,
      runAsGroup: 1001,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.serviceAccountName).toBe(of('ServiceAccount').metadata.name);
    expect(of('Namespace').metadata.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
  });

  it('are told of all settings, and are under the network policy', () => {
    expect(envFrom).toEqual([{ configMapRef: { name: 'novita-gpu-api' } }, { secretRef: { name: 'novita-gpu-api' } }]);
    expect(metadata.labels).toMatchObject(
      (of('NetworkPolicy').spec.podSelector as { matchLabels: object }).matchLabels,
    );
  });
});

it('what goes around the deployment means its pods', () => {
  const { labels } = of('Deployment').spec.template.metadata;
  for (const kind of ['Deployment', 'PodDisruptionBudget'])
    expect(labels).toMatchObject(of(kind).spec.selector.matchLabels);
  expect(labels).toMatchObject(of('Service').spec.selector);
  expect(of('Service').metadata.labels).toMatchObject(of('ServiceMonitor').spec.selector.matchLabels);
  expect(of('HorizontalPodAutoscaler').spec.scaleTargetRef).toMatchObject({
    kind: 'Deployment',
    name: 'novita-gpu-api',
  });
  expect(of('NetworkPolicy').spec.policyTypes).toEqual(['Ingress', 'Egress']);
});

it('the service answers under its names in the cluster, and under the address of its pod, by which Prometheus asks', () => {
  const { namespace } = parse(readFileSync(new URL('kustomization.yaml', BASE), 'utf8')) as { namespace: string };
  const { name } = of('Service').metadata;
  const names = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
  expect(of('ConfigMap').data?.['ALLOWED_HOSTS']?.split(',')).toEqual(names);
  // stronger than envFrom; $(…) is filled in from what stands before it
  expect(of('Deployment').spec.template.spec.containers[0].env).toEqual([
    { name: 'POD_ADDRESSES', valueFrom: { fieldRef: { fieldPath: 'status.podIPs' } } },
    {
      name: 'SERVICE_NAMES',
      valueFrom: { configMapKeyRef: { name: of('ConfigMap').metadata.name, key: 'ALLOWED_HOSTS' } },
    },
    { name: 'ALLOWED_HOSTS', value: '$(SERVICE_NAMES),$(POD_ADDRESSES)' },
  ]);
});

it('the configuration has settings that there are, and no secret', () => {
  const settings = new Map(SETTINGS.map((setting) => [setting.name, setting]));
  for (const name of Object.keys(of('ConfigMap').data ?? {})) {
    expect(settings.has(name)).toBe(true);
    expect(settings.get(name)?.secret).toBeFalsy();
  }
});
