import type { Page } from './wire/page.wire.js';

/** Limits the requests and the memory of one walk: 40,000 rows at the largest page size. */
const MAX_PAGES = 200;

export interface Walk<Row> {
  rows: Row[];
  /**
   * Every row was read, `total` was the same on every page, and equals the number of unique ids. Without a `total`, the walk must have
   * reached an empty page and seen no row twice.
   */
  complete: boolean;
  /**
   * How many rows there are, as far as this walk can tell: `total` when it was the same on every page, else the rows of all pages up to an
   * empty one. Null when pages disagree or a row was unreadable. Several walks with the same total may be complete together.
   */
  total: number | null;
  /** No page had a list: Novita said "not found" or null, which may mean an empty list. */
  saysNone: boolean;
  requests: number;
}

/**
 * Reads all pages of a list. It is unknown whether Novita numbers pages from 0 or from 1: page 0 is always a first page, and page 1 is the
 * second page or the first again. The walk reads 0, 1, 2, …, drops repeated rows, and stops when the unique ids reach `total`, so that
 * a list of one page costs one request. When page 1 repeated page 0, the next walk starts at 1, until the count no longer fits. If one
 * row disappears while another appears during the walk, the walk cannot notice: absence needs several walks.
 */
export class PageWalk {
  private startsAtOne = false;

  /** @param fetchPage may throw; then the whole walk fails, since an incomplete list proves nothing */
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
  /** Number of rows on all pages; a row on two pages counts twice. */
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
    // compares the order too: with a changing order, a page may contain the same rows by chance
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

  /** Without a `total`, counts repeated rows too: with a changing order some rows appear twice and others never. */
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
