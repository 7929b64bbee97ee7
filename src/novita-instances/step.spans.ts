import { inSpan } from '../tracing/tracer.js';
import type { AroundStep } from './workflow/ports.js';

export const inStepSpan: AroundStep = (instanceId, step, work) =>
  inSpan(
    `reconcile ${step}`,
    { attributes: { 'novitai.instance.id': instanceId, 'novitai.reconcile.step': step } },
    work,
  );
