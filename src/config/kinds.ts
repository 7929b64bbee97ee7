/** The kinds of values that settings have. Each says in words what it expects, so that operators see no message of Joi. */
import Joi from 'joi';
import { BlockList, isIP } from 'node:net';
import { parseUnits } from '../money/price.js';
import { SIGNING_SECRET } from '../vocabulary/webhook.js';
import { Secret } from './config.js';
import { parseKeyRing } from './key-ring.js';
import type { Kind } from './setting.js';

export const wholeNumber = (min: number, max: number): Kind => ({
  schema: Joi.string()
    .pattern(/^-?\d{1,15}$/)
    .custom((text: string) => {
      const value = Number(text);
      if (value < min || value > max) throw new RangeError('out of range');
      return value;
    }),
  expects: `a whole number from ${min} to ${max}`,
});

export const oneOf = (...words: string[]): Kind => ({
  schema: Joi.string().valid(...words),
  expects: `one of ${words.join(', ')}`,
});

export const yesOrNo: Kind = {
  schema: Joi.string()
    .pattern(/^(true|false)$/)
    .custom((text: string) => text === 'true'),
  expects: 'true or false',
};

export const listenAddress: Kind = {
  schema: Joi.alternatives(Joi.string().ip({ cidr: 'forbidden' }), Joi.string().hostname()),
  expects: 'an IP address or a host name',
};

export const folder: Kind = {
  schema: Joi.string().pattern(/\0/, { invert: true }).max(1024),
  expects: 'the path of a directory',
};

const secretOf = (schema: Joi.StringSchema): Joi.Schema => schema.custom((text: string) => new Secret(text));

/** The key goes into an HTTP header, so line breaks are refused. */
export const apiKey: Kind = {
  schema: secretOf(Joi.string().pattern(/^[\x21-\x7e]{8,512}$/)),
  expects: '8 to 512 printable characters without spaces',
};

export const ownApiKey: Kind = {
  schema: secretOf(Joi.string().pattern(/^nvt_[0-9A-Z]{26}_[0-9a-f]{72}$/)),
  expects: 'an API key of this service; make one with: npm run keys -- generate',
};

export const longSecret: Kind = {
  schema: secretOf(Joi.string().min(32).max(1024)),
  expects: 'at least 32 characters; make one with: openssl rand -hex 32',
};

export const keyRing: Kind = {
  schema: Joi.string().custom(parseKeyRing),
  expects: 'lines of an id and a key (base64 of 32 bytes); make one with: npm run keys -- new-encryption-key',
  showsNoSecret: true,
};

export const signingSecret: Kind = {
  schema: secretOf(Joi.string().pattern(SIGNING_SECRET)),
  expects: 'whsec_ and 24 to 64 bytes in base64; make one with: echo "whsec_$(openssl rand -base64 32)"',
};

const parsedUrl = (text: string, protocols: string[]): URL => {
  const url = new URL(text);
  if (!protocols.includes(url.protocol) || url.hostname === '') throw new TypeError('not such a URL');
  return url;
};

export const postgresUrl: Kind = {
  schema: secretOf(
    Joi.string().custom((text: string) => {
      const { pathname } = parsedUrl(text, ['postgres:', 'postgresql:']);
      if (pathname.length < 2) throw new TypeError('names no database');
      return text;
    }),
  ),
  expects: 'postgres://user:password@host:port/database',
};

const NOVITA_HOST = /(^|\.)novita\.ai$/;

export const novitaBaseUrl: Kind = {
  schema: Joi.string().custom((text: string) => {
    const url = parsedUrl(text, ['http:', 'https:']);
    const base = text.replace(/\/+$/, '');
    if (url.search || url.hash || url.username || url.password) throw new TypeError('has more than a path');
    if (/\/v\d+$/.test(base)) throw new TypeError('has the version');
    // over plain http anyone on the way could read the key
    if (url.protocol === 'http:' && NOVITA_HOST.test(url.hostname)) throw new TypeError('is not encrypted');
    return base;
  }),
  expects:
    'an https:// URL without query or password, up to and without the /v1 (http:// only for other hosts than Novita’s)',
};

export const collectorUrl: Kind = {
  schema: Joi.string().custom((text: string) => {
    const url = parsedUrl(text, ['http:', 'https:']);
    if (url.search || url.hash || url.username || url.password) throw new TypeError('has more than a path');
    return text;
  }),
  expects: 'an http:// or https:// URL without query or password',
};

const KEY_AND_VALUE = /^\s*[^=,\s]+\s*=[^=,]*=*\s*$/;
const pairs = Joi.string().custom((text: string) => {
  if (!text.split(',').every((pair) => KEY_AND_VALUE.test(pair))) throw new TypeError('not all are such pairs');
  return text;
});

export const commaPairs: Kind = {
  schema: pairs,
  expects: 'key=value, several separated by commas, values percent-encoded',
};

export const commaPairsWithSecrets: Kind = { ...commaPairs, schema: secretOf(pairs) };

export const ratio: Kind = {
  schema: Joi.string().pattern(/^(0(\.\d{1,9})?|1(\.0{1,9})?)$/),
  expects: 'a number from 0 to 1',
};

/** Becomes 1/100000 USD. */
export const dollars: Kind = {
  schema: Joi.string()
    .pattern(/^\d{1,6}(\.\d{1,5})?$/)
    .custom((text: string) => parseUnits(text)),
  expects: 'an amount in USD such as 12.50',
};

export const shortText: Kind = {
  schema: Joi.string().pattern(/^[\x20-\x7e]{1,255}$/),
  expects: 'at most 255 printable characters',
};

const isAddressOrRange = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  if (!/^\d{1,3}$/.test(bits)) return false;
  try {
    new BlockList().addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
};

const listOf = (isItem: (item: string) => boolean): Joi.Schema =>
  Joi.any().custom((text: string) => {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    if (!items.every(isItem)) throw new TypeError('not all are such items');
    return Object.freeze(items);
  });

export const addressList: Kind = {
  schema: listOf(isAddressOrRange),
  expects: 'IP addresses or CIDRs, separated by commas',
};

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;

export const hostList: Kind = {
  schema: listOf((item) => HOST_NAME.test(item) || isAddressOrRange(item)),
  expects: 'host names without a port, IP addresses or CIDRs, separated by commas',
};

const IS_THIS_COMPUTER = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Kept as it is written, since the claim must be the same text. */
export const issuerUrl: Kind = {
  schema: Joi.string().custom((text: string) => {
    const url = parsedUrl(text, ['https:', 'http:']);
    if (url.search || url.hash || url.username || url.password) throw new TypeError('has more than a path');
    // over plain http anyone on the way could give us keys
    if (url.protocol === 'http:' && !IS_THIS_COMPUTER.test(url.hostname)) throw new TypeError('is not encrypted');
    return text;
  }),
  expects: 'an https:// URL without query or password (http:// only for this computer)',
};

export const claimName: Kind = {
  schema: Joi.string().pattern(/^[\x21-\x7e]{1,200}$/),
  expects: 'the name of a claim: at most 200 printable characters without spaces',
};

/** `operators=operations:read+operations:write,users=instances:read` */
export const scopeWords: Kind = {
  schema: Joi.any().custom((text: string) => {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    const pairs = items.map((item) => {
      const [, word = '', scopes = ''] = /^([^=\s]+)=([a-z]+:[a-z]+(?:\+[a-z]+:[a-z]+)*)$/.exec(item) ?? [];
      if (word === '') throw new TypeError('is no such pair');
      return [word, Object.freeze(scopes.split('+'))] as const;
    });
    return Object.freeze(Object.fromEntries(pairs));
  }),
  expects: 'word=scope+scope, several separated by commas, such as gpu-users=instances:read+instances:write',
};

/** Exactly as a browser writes them. `*` is refused: with it, every page on the web could use a service without keys. */
const isOrigin = (text: string): boolean => {
  try {
    const { protocol, origin } = new URL(text);
    return /^https?:$/.test(protocol) && origin === text && !text.includes('*');
  } catch {
    return false;
  }
};

export const originList: Kind = {
  schema: listOf(isOrigin),
  expects: 'origins such as https://console.example, separated by commas, without a path and not *',
};

/** Some of these words, or the word `none`. */
export const someOf = (...words: string[]): Kind => ({
  // no `valid('none')`: Joi takes such a value as it is, and runs no rule after it
  schema: Joi.alternatives(
    Joi.string()
      .pattern(/^none$/)
      .custom(() => Object.freeze([])),
    listOf((item) => words.includes(item)),
  ),
  expects: `some of ${words.join(', ')}, separated by commas, or none`,
});

/** A proxy range of /0 is refused: then any client could forge its own address. */
export const proxyList: Kind = {
  schema: listOf((item) => isAddressOrRange(item) && !/\/0+$/.test(item)),
  expects: 'IP addresses or CIDRs, separated by commas, but not all addresses (/0)',
};
