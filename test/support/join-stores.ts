type All<Stores extends readonly object[]> = Stores extends [infer First, ...infer Others extends object[]]
  ? First & All<Others>
  : unknown;

/** One object with the methods of all these stores. Where two have a method of one name, the first one's is taken. */
export const joinStores = <Stores extends object[]>(...stores: Stores): All<Stores> => {
  const joined: Record<string, unknown> = {};
  for (const store of stores) {
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(store))) {
      const method: unknown = Reflect.get(store, name);
      if (typeof method === 'function')
        joined[name] ??= (...given: unknown[]): unknown => Reflect.apply(method, store, given);
    }
  }
  return joined as All<Stores>;
};
