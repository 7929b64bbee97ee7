/**
 * One page of a list, of rows that were read with a limit of one more than the page holds: the extra row tells that there are more.
 * @returns `last`: the row that the next page begins after; null on the last page
 */
export const pageOf = <Row>(found: readonly Row[], limit: number): { rows: Row[]; last: Row | null } => {
  const rows = found.slice(0, limit);
  return { rows, last: found.length > limit ? (rows.at(-1) ?? null) : null };
};
