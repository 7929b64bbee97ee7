import { parseUnits, toMoney } from '../../money/price.js';
import type { Cluster, Template } from '../../novita-api/novita-client.js';
import type { Observed } from '../catalogue.js';
import { gpuMemoryGb } from '../domain/gpu-memory.js';
import { matchesProduct, matchesRegion } from '../domain/matching.js';
import { chanceOf, decayed, offerKeyOf, type Learned } from '../domain/offer-memory.js';
import type { Offer } from '../domain/offers.js';
import type { LearnedDto, OfferListDto, OffersQuery, RegionListDto, TemplateListDto } from './catalogue.dto.js';

export const offerList = (
  { value, observedAt }: Observed<Offer[]>,
  query: OffersQuery,
  learned: Learned,
  now: Date,
): OfferListDto => {
  const { productName, region, billingMode, minGpuMemoryGb, gpuNum = 1 } = query;
  const mostPerGpu = capIn(query.maxPricePerGpuHour);
  const most = capIn(query.maxPricePerHour);
  const fitting = value.filter(
    (offer) =>
      (productName === undefined || matchesProduct(productName, offer)) &&
      (region === undefined || matchesRegion(region, offer)) &&
      (billingMode === undefined || billingMode === offer.billingMode) &&
      (minGpuMemoryGb === undefined || (gpuMemoryGb(offer.productName) ?? 0) >= minGpuMemoryGb) &&
      offer.pricePerGpuHour <= mostPerGpu &&
      offer.pricePerGpuHour * gpuNum <= most,
  );
  return {
    data: fitting
      .sort((a, b) => a.pricePerGpuHour - b.pricePerGpuHour || offerKeyOf(a).localeCompare(offerKeyOf(b)))
      .map((offer) => ({
        productId: offer.productId,
        productName: offer.productName,
        regionId: offer.regionId,
        regionName: offer.regionName,
        billingMode: offer.billingMode,
        pricePerGpuHour: toMoney(offer.pricePerGpuHour),
        pricePerInstanceHour: toMoney(offer.pricePerGpuHour * gpuNum),
        available: offer.available,
        stock: offer.stock,
        gpuMemoryGb: gpuMemoryGb(offer.productName),
        cpuPerGpu: offer.cpuPerGpu,
        memoryGbPerGpu: offer.memoryGbPerGpu,
        maxRootfsGb: offer.maxRootfsGb,
        learned: learnedOf(offer, learned, now),
      })),
    observedAt: observedAt.toISOString(),
  };
};

const capIn = (text: string | undefined): number => (text === undefined ? null : parseUnits(text)) ?? Infinity;

const learnedOf = (offer: Offer, { offers, pulls }: Learned, now: Date): LearnedDto | null => {
  const known = offers.get(offerKeyOf(offer));
  const pull = pulls.get(offer.regionId);
  if (!known && !pull) return null;
  const memory = known && decayed(known, now);
  return {
    chance: rounded(chanceOf(known, now)),
    successes: rounded(memory?.successes ?? 0),
    refusals: rounded(memory?.refusals ?? 0),
    secondsToReady: memory?.ready ? Math.round(memory.ready.seconds) : null,
    pullSeconds: pull ? Math.round(pull.seconds) : null,
    outOfStockUntil: memory?.outOfStockUntil?.toISOString() ?? null,
  };
};

const rounded = (value: number): number => Math.round(value * 100) / 100;

export const regionList = ({ value, observedAt }: Observed<Cluster[]>): RegionListDto => ({
  data: value.map(({ clusterId, name }) => ({ id: clusterId, name })),
  observedAt: observedAt.toISOString(),
});

export const templateList = ({ value, observedAt }: Observed<Template[]>): TemplateListDto => ({
  data: value.map(({ templateId, name, channel, image, rootfsSizeGb, ports, envs }) => ({
    id: templateId,
    name,
    channel,
    image,
    rootfsSizeGb,
    ports,
    envKeys: envs.map(({ key }) => key),
  })),
  observedAt: observedAt.toISOString(),
});
