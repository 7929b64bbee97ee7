import { namedWords } from './named-words.js';

/** The stock of an offer according to Novita. */
export const STOCK_LEVELS = ['none', 'low', 'normal', 'high', 'unknown'] as const;
export type StockLevel = (typeof STOCK_LEVELS)[number];

export const STOCK_LEVEL = namedWords('StockLevel', STOCK_LEVELS, 'The stock according to Novita.', 'normal');
