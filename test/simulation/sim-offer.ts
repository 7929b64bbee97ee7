export interface SimOffer {
  productId: string;
  clusterId: string;
  spotPrice: number;
  price: number;
  /** When the price last changed, in virtual ms. */
  pricedAt: number;
  stock: number;
  /** Creates are refused although the catalogue shows stock: those of this billing mode, or all. Null: none. */
  soldOut: 'spot' | 'all' | null;
  /** When the stock last changed, in virtual ms. */
  stockedAt: number;
}

/** What the simulated Novita sells when a world begins. */
export const firstOffers = (): SimOffer[] => [
  {
    productId: 'p-4090',
    clusterId: 'us-1',
    price: 35_000,
    pricedAt: 0,
    spotPrice: 18_000,
    stock: 100,
    soldOut: null,
    stockedAt: 0,
  },
  {
    productId: 'p-4090',
    clusterId: 'eu-1',
    price: 36_000,
    pricedAt: 0,
    spotPrice: 19_000,
    stock: 100,
    soldOut: null,
    stockedAt: 0,
  },
  {
    productId: 'p-4090',
    clusterId: 'as-1',
    price: 40_000,
    pricedAt: 0,
    spotPrice: 20_000,
    stock: 100,
    soldOut: null,
    stockedAt: 0,
  },
];
