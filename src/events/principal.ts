/**
 * Who acts. `caller`: a request to the API. `operator`: a person who decides about machines and the fleet. `reconciler`: the code that
 * brings an instance closer to what is wanted. `policy:…`: a rule that acts by itself.
 */
export type Principal = 'caller' | 'operator' | 'reconciler' | `policy:${string}`;

/** Who causes an event, and by which request. */
export interface Cause {
  actor: Principal;
  /** The `x-request-id` of the request that caused it. Null: no request did. */
  requestId: string | null;
}
