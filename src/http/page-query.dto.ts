import { CursorParameter, LimitParameter } from './query-fields.js';

/** Which part of a list to answer. Pages are walked by cursor and never by number, so that a changing list skips nothing. */
export class PageQuery {
  /** How many to answer at most. A page of large entries ends earlier: `nextCursor` tells whether there are more. */
  @LimitParameter()
  limit?: number = 20;

  /** The `nextCursor` of the page before. Without it, the first page. */
  @CursorParameter()
  cursor?: string;
}
