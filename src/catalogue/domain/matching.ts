/** Matches the names that callers give to products and regions. The catalogue's filters and placement both use it, so that they agree. */

/**
 * A product matches by its id, its name, or the leading words of its name: "RTX 4090" matches "RTX 4090 24GB", but not "RTX 4090D". A
 * substring match would buy the wrong card.
 */
export const matchesProduct = (wanted: string, product: { productId: string; productName: string }): boolean => {
  const words = wordsOf(wanted);
  const name = wordsOf(product.productName);
  return (
    wanted.toLowerCase() === product.productId.toLowerCase() ||
    (words.length > 0 && words.every((word, at) => word === name[at]))
  );
};

const wordsOf = (text: string): string[] => text.toLowerCase().split(/\s+/).filter(Boolean);

/** A region matches by its id (`us-ca-6`), its code (`US-CA-06`) or its full name (`US-CA-06 (California)`), ignoring case. */
export const matchesRegion = (wanted: string, region: { regionId: string; regionName: string }): boolean => {
  const word = wanted.trim().toLowerCase();
  const name = region.regionName.toLowerCase();
  return word === region.regionId.toLowerCase() || word === name || word === name.split(' ')[0];
};
