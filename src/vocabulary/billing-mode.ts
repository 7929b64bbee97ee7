/** How Novita bills a machine: `spot` costs less, and Novita may take the machine back. */
export type BillingMode = 'onDemand' | 'spot';
