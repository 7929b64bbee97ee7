import { namedWords } from './named-words.js';

/** How much of an offer Novita says that it has. */
export const STOCK_LEVELS = ['none', 'low', 'normal', 'high', 'unknown'] as const;
export type StockLevel = (typeof STOCK_LEVELS)[number];

export const STOCK_LEVEL = namedWords(
  'StockLevel',
  STOCK_LEVELS,
  'How much of something Novita says that it has.',
  'normal',
);
