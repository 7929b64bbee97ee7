import type { Page } from './wire/page.wire.js';

/** Bounds what one walk may cost and hold: 20,000 rows at our page size, fewer when the server clamps it. */
const MAX_PAGES = 200;

export interface Walk<Row> {
  rows: Row[];
  /**
   * Every row was read, `total` stayed the same on every page, and the unique ids are as many as it says. A server that gives no
   * `total` is believed when the walk went on to a page without rows and no row was shown twice.
   */
  complete: boolean;
  /**
   * How many rows there are, as far as this walk can tell: `total` when it was the same on every page, else the rows of all pages
   * up to an empty one. Null when pages disagree or a row could not be read. Walks of the same total may be complete together.
   */
  total: number | null;
  /** No page was a list: Novita said "not found", or null, which is how it may call an empty one. */
  saysNone: boolean;
  requests: number;
}

/**
 * Walks a list whose pages are numbered from 0 or from 1: nobody knows. Page 0 is always a first page; page 1 is the second
 * one or the first again. It reads 0, 1, 2, …, drops rows it has seen, and stops as soon as the unique ids are `total`, so
 * that a list of one page costs one request. When page 1 was seen to repeat page 0 it starts at 1 the next time, until that
 * no longer adds up. A row that leaves while another one comes during the walk cannot be noticed: absence needs several walks.
 */
export class PageWalk {
  private startsAtOne = false;

  /** @param fetchPage may throw; the walk then fails as a whole, since half a list is no list. */
  async walk<Row>(fetchPage: (pageNum: number) => Promise<Page<Row>>): Promise<Walk<Row>> {
    const tally = new Tally<Row>();
    const firstPage = this.startsAtOne ? 1 : 0;
    let repeatsFirst = false;
    for (let pageNum = firstPage; pageNum < firstPage + MAX_PAGES; pageNum++) {
      const { added, isRepeat } = tally.add(await fetchPage(pageNum));
      const mayRepeatFirst = pageNum === 1 && firstPage === 0;
      if (mayRepeatFirst) repeatsFirst = isRepeat;
      if (tally.hasEnough()) break;
      if (added === 0 && !(mayRepeatFirst && isRepeat)) break;
    }
    if (this.startsAtOne && !tally.isComplete()) {
      this.startsAtOne = false;
      tally.add(await fetchPage(0));
    } else if (repeatsFirst && tally.isComplete()) {
      this.startsAtOne = true;
    }
    return {
      rows: tally.rows(),
      complete: tally.isComplete(),
      total: tally.rowsThereAre(),
      saysNone: tally.saysNone(),
      requests: tally.pages,
    };
  }
}

class Tally<Row> {
  pages = 0;
  private readonly seen = new Map<string, Row>();
  private first = '';
  private unreadable = 0;
  /** Rows of all pages; a row that two pages show counts twice. */
  private shown = 0;
  private total: number | null = null;
  private isSteady = true;
  private endedEmpty = false;
  private hasList = false;

  add(page: Page<Row>): { added: number; isRepeat: boolean } {
    if (this.pages > 0 && page.total !== this.total) this.isSteady = false;
    if (page.isList) this.hasList = true;
    else this.isSteady = false;
    this.total = page.total;
    this.pages += 1;

    this.endedEmpty = page.rows.length === 0;
    const before = this.seen.size;
    for (const { id, row } of page.rows) this.seen.set(id, row);
    const added = this.seen.size - before;
    // in the same order: where the order is another one at each request, a page may hold the rows of another by chance
    const ids = page.rows.map(({ id }) => id).join();
    const isRepeat = added === 0 && ids !== '' && ids === this.first;
    if (this.pages === 1) this.first = ids;
    if (!isRepeat) {
      this.unreadable += page.unreadable;
      this.shown += page.rows.length;
    }
    return { added, isRepeat };
  }

  hasEnough(): boolean {
    return this.total !== null && this.seen.size + this.unreadable >= this.total;
  }

  isComplete(): boolean {
    return this.seen.size === this.rowsThereAre();
  }

  /** Without a `total`, an order that changes between pages shows some rows twice and others never: the count tells. */
  rowsThereAre(): number | null {
    if (!this.isSteady || this.unreadable > 0) return null;
    return this.total ?? (this.endedEmpty ? this.shown : null);
  }

  saysNone(): boolean {
    return this.pages > 0 && !this.hasList && this.seen.size === 0 && this.unreadable === 0;
  }

  rows(): Row[] {
    return [...this.seen.values()];
  }
}
