import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageWalk } from './page-walk.js';
import type { Page } from './wire/page.wire.js';
import { decodeMachinePage } from './wire/page.wire.js';

type Total = 'number' | 'string' | 'absent';

interface Server {
  pageBase: 0 | 1;
  total: Total;
  maxPageSize: number;
  ids: string[];
}

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);
const row = (id: string): object => ({ id, name: id, status: 'running' });

function body({ pageBase, total, maxPageSize, ids: all }: Server, pageNum: number): object {
  const index = Math.max(0, pageNum - pageBase);
  const instances = all.slice(index * maxPageSize, (index + 1) * maxPageSize).map(row);
  if (total === 'absent') return { instances };
  return { instances, total: total === 'string' ? String(all.length) : all.length };
}

const page = (wire: object): Page<unknown> => {
  const decoded = decodeMachinePage(wire);
  if (decoded === null) throw new Error('not a page');
  return decoded;
};

/** Answers page after page as the server would, with a chance to change it in between. */
const walkOver = (walk: PageWalk, server: Server, between: (pages: number) => void = () => undefined) => {
  let pages = 0;
  return walk.walk((pageNum) => {
    between(pages++);
    return Promise.resolve(page(body(server, pageNum)));
  });
};

const BASES = [0, 1] as const;
const TOTALS = ['number', 'string'] as const;
const CLAMPS = [100, 20, 7, 1];
const SIZES = [0, 1, 6, 7, 8, 20, 21, 40, 100, 101, 140];
const SERVERS = BASES.flatMap((pageBase) =>
  TOTALS.flatMap((total) =>
    CLAMPS.flatMap((maxPageSize) => SIZES.map((count) => ({ pageBase, total, maxPageSize, count }))),
  ),
);

describe('PageWalk', () => {
  it.each(SERVERS)(
    'finds all $count over page base $pageBase, total as $total, $maxPageSize a page, and soon without waste',
    async ({ count, ...kind }) => {
      const server: Server = { ...kind, ids: ids(count) };
      const walk = new PageWalk();
      const neededPages = Math.max(1, Math.ceil(count / server.maxPageSize));

      const first = await walkOver(walk, server);
      expect(first.complete).toBe(true);
      expect(first.rows).toHaveLength(count);
      expect(first.requests).toBeLessThanOrEqual(neededPages + (server.pageBase === 1 && neededPages > 1 ? 1 : 0));

      const second = await walkOver(walk, server);
      expect(second.complete).toBe(true);
      expect(second.rows).toHaveLength(count);
      expect(second.requests).toBe(neededPages);
    },
  );

  it.each(BASES)(
    'believes a list without a total over page base %i once it ended with a page without rows',
    async (pageBase) => {
      const result = await walkOver(new PageWalk(), { pageBase, total: 'absent', maxPageSize: 20, ids: ids(50) });
      expect(result.rows).toHaveLength(50);
      expect(result.complete).toBe(true);
    },
  );

  it('does not believe a list without a total whose last page comes again and again', async () => {
    const page1 = { instances: [row('a')] };
    const { complete } = await new PageWalk().walk(() => Promise.resolve(page(page1)));
    expect(complete).toBe(false);
  });

  it.each([
    ['an empty list of which there is none', { instances: [], total: 0 }, true],
    ['the same with the total as text', { instances: [], total: '0' }, true],
    ['null in place of the list', { instances: null, total: 0 }, false],
    ['no list at all', { total: 0 }, false],
    ['an empty list without a total', { instances: [] }, true],
    ['an empty list of which there are some', { instances: [], total: 3 }, false],
    ['more rows than there are', { instances: [row('a'), row('b')], total: 1 }, false],
    ['a row that cannot be read', { instances: [row('a'), { id: 'b' }], total: 2 }, false],
    ['one beside as many as there are', { instances: [row('a'), { id: 'b' }], total: 1 }, false],
  ])('calls %s complete or not', async (_what, wire, complete) => {
    const result = await new PageWalk().walk((pageNum) =>
      Promise.resolve(page(pageNum === 0 ? wire : { instances: [] })),
    );
    expect(result.complete).toBe(complete);
  });

  it.each(BASES)('is not complete when a machine leaves during the walk (base %i)', async (pageBase) => {
    const server: Server = { pageBase, total: 'number', maxPageSize: 20, ids: ids(60) };
    const result = await walkOver(new PageWalk(), server, (pages) => {
      if (pages === 1) server.ids.shift();
    });
    expect(result.complete).toBe(false);
  });

  it.each(BASES)('is not complete when a machine comes during the walk (base %i)', async (pageBase) => {
    const server: Server = { pageBase, total: 'number', maxPageSize: 20, ids: ids(60) };
    const result = await walkOver(new PageWalk(), server, (pages) => {
      if (pages === 1) server.ids.unshift('new');
    });
    expect(result.complete).toBe(false);
    expect(result.rows.length).toBeGreaterThanOrEqual(60);
  });

  it('finds all in the same walk when pages that began at 1 now begin at 0', async () => {
    const server: Server = { pageBase: 1, total: 'number', maxPageSize: 20, ids: ids(50) };
    const walk = new PageWalk();
    await walkOver(walk, server);
    server.pageBase = 0;
    expect(await walkOver(walk, server)).toMatchObject({ complete: true, requests: 4 });
    expect(await walkOver(walk, server)).toMatchObject({ complete: true, requests: 3 });
  });

  it('finds all when pages that began at 0 now begin at 1', async () => {
    const server: Server = { pageBase: 0, total: 'number', maxPageSize: 20, ids: ids(50) };
    const walk = new PageWalk();
    await walkOver(walk, server);
    server.pageBase = 1;
    expect(await walkOver(walk, server)).toMatchObject({ complete: true, requests: 4 });
    expect(await walkOver(walk, server)).toMatchObject({ complete: true, requests: 3 });
  });

  it('ends although the server gives its last page for ever', async () => {
    const result = await new PageWalk().walk((pageNum) =>
      Promise.resolve(page({ instances: [row(`m${Math.min(pageNum, 3)}`)], total: 9 })),
    );
    expect(result).toMatchObject({ complete: false, requests: 5 });
  });

  it('ends although the server always has another page', async () => {
    const result = await new PageWalk().walk((pageNum) =>
      Promise.resolve(page({ instances: [row(`m${pageNum}`)], total: 1_000_000 })),
    );
    expect(result).toMatchObject({ complete: false, requests: 200 });
  });

  it('fails as a whole when one page fails', async () => {
    const server: Server = { pageBase: 0, total: 'number', maxPageSize: 20, ids: ids(60) };
    const walk = walkOver(new PageWalk(), server, (pages) => {
      if (pages === 2) throw new Error('no answer');
    });
    await expect(walk).rejects.toThrow('no answer');
  });
});

describe('a list whose order is another one at each request', () => {
  const anyOrder = fc.shuffledSubarray(ids(25), { minLength: 25 });

  it.each(['number', 'absent'] as const)('is called complete only when all was seen (total %s)', async (total) => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(anyOrder), async (orders) => {
        const server: Server = { pageBase: 0, total, maxPageSize: 10, ids: ids(25) };
        const result = await walkOver(new PageWalk(), server, () => {
          server.ids = orders.next().value as string[];
        });
        expect(result.complete).toBe(result.rows.length === 25);
        // the walk may have ended before the empty page that tells how many there are
        if (result.total !== null) expect(result.total).toBe(25);
      }),
      { numRuns: 200 },
    );
  });
});
