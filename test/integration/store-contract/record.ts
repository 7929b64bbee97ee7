import fc from 'fast-check';

/** Objects as code makes them: what comes out of a database has the usual prototype too. */
export const record = <T extends object>(values: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(values, { noNullPrototype: true });
