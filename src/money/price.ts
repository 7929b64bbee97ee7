/**
 * Prices as Novita writes them: whole numbers of 1/100000 USD. They stay integers for sums and comparisons, and become decimal strings
 * only for people and clients.
 */
export type PriceUnits = number;

const UNITS_PER_DOLLAR = 100_000;

export interface Money {
  /** A decimal such as `0.35`, as text, so that no client rounds it. */
  amount: string;
  currency: 'USD';
}

/** `35000` becomes `0.35`: two to five decimals, without trailing zeros after the second. */
export const formatUnits = (units: PriceUnits): string => {
  const whole = Math.trunc(units / UNITS_PER_DOLLAR);
  const fraction = String(Math.abs(units % UNITS_PER_DOLLAR))
    .padStart(5, '0')
    .replace(/0{1,3}$/, '');
  return `${whole}.${fraction}`;
};

export const toMoney = (units: PriceUnits): Money => ({ amount: formatUnits(units), currency: 'USD' });

/** `0.35` becomes `35000`. Null when the text is not a decimal with at most five places. */
export const parseUnits = (decimal: string): PriceUnits | null => {
  const match = /^(\d{1,6})(?:\.(\d{1,5}))?$/.exec(decimal);
  if (!match) return null;
  return Number(match[1]) * UNITS_PER_DOLLAR + Number((match[2] ?? '').padEnd(5, '0'));
};
