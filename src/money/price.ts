/**
 * Prices as Novita writes them: whole numbers of 1/100000 USD. Kept as integers wherever we add or compare, and turned into
 * decimal strings only where a person or a client reads them.
 */
export type PriceUnits = number;

const UNITS_PER_DOLLAR = 100_000;

export interface Money {
  /** Decimal, e.g. `0.35`. A string, so that no client rounds it. */
  amount: string;
  currency: 'USD';
}

/** `35000` becomes `0.35`. At least two decimals, at most five, no trailing zeros beyond the second. */
export const formatUnits = (units: PriceUnits): string => {
  const whole = Math.trunc(units / UNITS_PER_DOLLAR);
  const fraction = String(Math.abs(units % UNITS_PER_DOLLAR))
    .padStart(5, '0')
    .replace(/0{1,3}$/, '');
  return `${whole}.${fraction}`;
};

export const toMoney = (units: PriceUnits): Money => ({ amount: formatUnits(units), currency: 'USD' });

/** `0.35` becomes `35000`. Null when the text is no decimal with at most five places. */
export const parseUnits = (decimal: string): PriceUnits | null => {
  const match = /^(\d{1,6})(?:\.(\d{1,5}))?$/.exec(decimal);
  if (!match) return null;
  return Number(match[1]) * UNITS_PER_DOLLAR + Number((match[2] ?? '').padEnd(5, '0'));
};
