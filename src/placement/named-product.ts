import { matchesProduct } from '../catalogue/domain/matching.js';
import type { OfferSpec } from './machine-spec.js';

/** Whether the product is what the request names. Its memory is another question. */
export const isNamed = (
  { productName, gpu }: Pick<OfferSpec, 'productName' | 'gpu'>,
  product: { productId: string; productName: string },
): boolean => {
  if (productName !== null) return matchesProduct(productName, product);
  const names = gpu?.names ?? [];
  return names.length === 0 || names.some((name) => matchesProduct(name, product));
};
