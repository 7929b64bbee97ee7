/** Closed sets of words that callers meet in the catalogue and elsewhere: named types of the document and of every client made from it. */
import type { Product } from '../../novita-api/novita-client.js';
import type { BillingMode } from '../../vocabulary/billing-mode.js';

export const BILLING_MODE = {
  enum: ['onDemand', 'spot'] satisfies BillingMode[] as BillingMode[],
  enumName: 'BillingMode',
  enumSchema: {
    description: 'How a machine is paid for. `spot` is about half the price and may be taken back by Novita.',
  },
  example: 'spot',
};

export const PORT_PROTOCOL = {
  enum: ['http', 'tcp'],
  enumName: 'PortProtocol',
  enumSchema: { description: "How a port is reached: `http` through Novita's HTTPS proxy, `tcp` by host and port." },
  example: 'http',
};

export const STOCK_LEVEL = {
  enum: ['none', 'low', 'normal', 'high', 'unknown'] satisfies Product['stock'][],
  enumName: 'StockLevel',
  enumSchema: { description: 'How much of something Novita says that it has.' },
  example: 'normal',
};
