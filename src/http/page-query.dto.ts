import { CursorParameter, DEFAULT_LIMIT, LimitParameter } from './query-fields.js';

/** Which page of a list to return. Pages follow a cursor, not a number, so that nothing is skipped when the list changes. */
export class PageQuery {
  /** The most entries to return. A page of large entries ends earlier: `nextCursor` says whether there are more. */
  @LimitParameter()
  limit?: number = DEFAULT_LIMIT;

  /** The `nextCursor` of the page before. Without it the first page is returned. */
  @CursorParameter()
  cursor?: string;
}
