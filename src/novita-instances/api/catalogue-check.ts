/**
 * Refuses what Novita is known not to sell or to take, while the caller is still there to read it. When Novita does not say, or
 * not soon, the request is taken: the reconciler will find out.
 */
import type { Catalogue, Observed } from '../../catalogue/catalogue.js';
import type { Offer } from '../../catalogue/domain/offers.js';
import { matchesRegion } from '../../catalogue/domain/matching.js';
import { DomainError, type Fault } from '../../errors/domain-error.js';
import type { PriceUnits } from '../../money/price.js';
import { chooseOffer, type VolumePlace } from '../../placement/choose-offer.js';
import { isNamed } from '../../placement/named-product.js';
import { isAbovePlan, sayWhyNone } from '../../placement/placement-words.js';
import { capOf } from '../../placement/price-cap.js';
import { waitAtMost } from '../../time/within.js';
import type { InstanceSpec } from '../domain/instance-spec.js';
import { envsOf, MAX_ENVS, type TemplateUsed } from '../../placement/machine-order.js';
import type { CreateInstanceDto } from './dto/create-instance.dto.js';
import { faultsOfProbes } from './instance-spec.from-dto.js';

/** How long a create may wait to hear what Novita sells. */
const PATIENCE_MS = 3_000;

/**
 * @returns what the machine costs per hour if it is bought now, in 1/100000 USD; else what the caller pays at most; null: not known
 * @throws DomainError PRODUCT_NOT_FOUND, TEMPLATE_NOT_FOUND, VOLUME_NOT_FOUND, PRICE_ABOVE_PLAN, or VALIDATION_ERROR for what does not go together
 */
export async function checkWithCatalogue(
  catalogue: Catalogue,
  body: CreateInstanceDto,
  spec: InstanceSpec,
): Promise<PriceUnits | null> {
  const { gpuNum } = spec;
  // a request that names a plan is judged by prices of a moment ago
  const maxAgeSeconds = spec.plannedPricePerHour === null ? undefined : catalogue.freshSeconds;
  const { offers, volumes } = await assertSold(catalogue, body, spec, maxAgeSeconds);
  const placement = offers && chooseOffer(spec, offers.value, { now: offers.observedAt, volumes });
  if (placement && isAbovePlan(spec, placement)) {
    throw new DomainError('PRICE_ABOVE_PLAN', `Nothing is bought: ${sayWhyNone(spec, placement)}.`);
  }
  const price = placement?.kind === 'offer' ? placement.offer.pricePerGpuHour : (capOf(spec)?.perGpu ?? null);
  return price === null ? null : price * gpuNum;
}

interface Sold {
  /** Undefined: Novita does not say, or not soon. */
  offers: Observed<Offer[]> | undefined;
  volumes: readonly VolumePlace[];
}

/**
 * @param maxAgeSeconds of what is known of the offers; left out: any age
 * @returns what is known of the offers, and of where volumes are
 * @throws DomainError PRODUCT_NOT_FOUND, TEMPLATE_NOT_FOUND, VOLUME_NOT_FOUND, or VALIDATION_ERROR for what does not go together
 */
export async function assertSold(
  catalogue: Catalogue,
  body: CreateInstanceDto,
  spec: InstanceSpec,
  maxAgeSeconds?: number,
): Promise<Sold> {
  const { templateId } = spec;
  const volumeIds = spec.volumes.map(({ id }) => id);
  const [offers, regions, template, volumes] = await Promise.all([
    saidSoon(catalogue.offers(maxAgeSeconds)),
    spec.regions.length === 0 ? undefined : saidSoon(catalogue.regions()),
    templateId === null ? undefined : saidSoon(catalogue.template(templateId)),
    volumeIds.length === 0 ? undefined : saidSoon(catalogue.volumes(volumeIds)),
  ]);
  if (offers) assertProduct(spec, offers.value);
  if (offers && regions) assertRegions(spec, body, offers.value, regions.value);
  if (template === null) {
    throw new DomainError('TEMPLATE_NOT_FOUND', `Novita has no template "${templateId ?? ''}".`, {
      faults: [{ pointer: '/templateId', detail: 'must be an id from GET /api/templates' }],
    });
  }
  if (volumes) assertVolumes(volumeIds, volumes.value);
  if (template) assertGoesWith(template, spec, body);
  return { offers, volumes: volumes?.value ?? [] };
}

function assertProduct({ productName, gpu }: InstanceSpec, offers: readonly Offer[]): void {
  const detail = 'must be a productName or productId from GET /api/offers';
  const wanted = productName === null ? (gpu?.names ?? []) : [productName];
  const unknown = wanted.flatMap((name, at) =>
    offers.some((offer) => isNamed({ productName: name, gpu: null }, offer)) ? [] : [{ name, at }],
  );
  // of several names one may be sold again later; when none is known, all are wrong
  if (unknown.length === 0 || unknown.length < wanted.length) return;
  const names = unknown.map(({ name }) => `"${name}"`).join(', ');
  throw new DomainError('PRODUCT_NOT_FOUND', `No product is called ${names}.`, {
    faults: unknown.map(({ at }) => ({
      pointer: productName === null ? `/gpu/names/${at}` : '/productName',
      detail,
    })),
  });
}

function assertRegions(
  spec: InstanceSpec,
  { region }: CreateInstanceDto,
  offers: readonly Offer[],
  clusters: readonly { clusterId: string; name: string }[],
): void {
  const known = [...offers, ...clusters.map(({ clusterId, name }) => ({ regionId: clusterId, regionName: name }))];
  const unknown = spec.regions.flatMap((wanted, at) => (known.some((each) => matchesRegion(wanted, each)) ? [] : [at]));
  if (unknown.length === 0) return;
  const names = unknown.map((at) => `"${spec.regions[at] ?? ''}"`).join(', ');
  throw new DomainError('PRODUCT_NOT_FOUND', `No region is called ${names}.`, {
    faults: unknown.map((at) => ({
      pointer: region === undefined ? `/regions/${at}` : '/region',
      detail: 'must be the id, code or name of a region from GET /api/regions',
    })),
  });
}

function assertVolumes(ids: readonly string[], known: readonly VolumePlace[]): void {
  const placed = ids.map((id) => known.find(({ volumeId }) => volumeId === id) ?? null);
  const unknown = ids.flatMap((id, at) => (placed[at] === null ? [{ id, at }] : []));
  if (unknown.length > 0) {
    throw new DomainError('VOLUME_NOT_FOUND', `Novita has no volume "${unknown.map(({ id }) => id).join('", "')}".`, {
      faults: unknown.map(({ at }) => ({
        pointer: `/volumes/${at}/id`,
        detail: 'must be an id from GET /api/volumes',
      })),
    });
  }
  const regions = new Set(placed.map((volume) => volume?.clusterId));
  if (regions.size > 1) {
    throw new DomainError('VALIDATION_ERROR', 'The volumes are in different regions.', {
      faults: [{ pointer: '/volumes', detail: 'must all be in one region, since a machine is in one' }],
    });
  }
}

function assertGoesWith(template: TemplateUsed, spec: InstanceSpec, body: CreateInstanceDto): void {
  const faults: Fault[] = body.ports ? [] : faultsOfProbes(body, template.ports, 'of the template');
  const count = envsOf(spec, template).length;
  if (count > MAX_ENVS) {
    const detail = `must be fewer: with those of the template there are ${count}, and Novita takes ${MAX_ENVS} beside ours`;
    faults.push({ pointer: '/envs', detail });
  }
  if (faults.length > 0)
    throw new DomainError('VALIDATION_ERROR', 'The request does not go with its template.', { faults });
}

/** Novita's answer, or undefined when it has none or takes its time: a caller is not kept waiting for what is only a courtesy. */
const saidSoon = <T>(answer: Promise<T>): Promise<T | undefined> =>
  waitAtMost(PATIENCE_MS, answer.catch(ignoreUnavailable));

const ignoreUnavailable = (error: unknown): undefined => {
  if (error instanceof DomainError && error.code === 'CATALOGUE_UNAVAILABLE') return undefined;
  throw error;
};
