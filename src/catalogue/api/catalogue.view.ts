import { toMoney } from '../../money/price.js';
import type { Cluster, Template } from '../../novita-api/novita-client.js';
import type { Observed } from '../catalogue.js';
import { matchesProduct, matchesRegion } from '../domain/matching.js';
import type { Offer } from '../domain/offers.js';
import type { OfferListDto, OffersQuery, RegionListDto, TemplateListDto } from './catalogue.dto.js';

export const offerList = ({ value, observedAt }: Observed<Offer[]>, query: OffersQuery): OfferListDto => {
  const { productName, region, billingMode, gpuNum = 1 } = query;
  const fitting = value.filter(
    (offer) =>
      (productName === undefined || matchesProduct(productName, offer)) &&
      (region === undefined || matchesRegion(region, offer)) &&
      (billingMode === undefined || billingMode === offer.billingMode),
  );
  return {
    data: fitting
      .sort((a, b) => a.pricePerGpuHour - b.pricePerGpuHour || keyOf(a).localeCompare(keyOf(b)))
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
        cpuPerGpu: offer.cpuPerGpu,
        memoryGbPerGpu: offer.memoryGbPerGpu,
        maxRootfsGb: offer.maxRootfsGb,
      })),
    observedAt: observedAt.toISOString(),
  };
};

const keyOf = ({ productId, regionId, billingMode }: Offer): string => `${productId}|${regionId}|${billingMode}`;

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
