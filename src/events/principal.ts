/**
 * Who acts. `caller`: a request to the API. `operator`: a person who decides about machines and the fleet. `reconciler`: the code that
 * moves an instance towards its desired state. `policy:…`: an automatic rule.
 */
export type Principal = 'caller' | 'operator' | 'reconciler' | `policy:${string}`;

/** Who caused an event, and by which request. */
export interface Cause {
  actor: Principal;
  /** The `x-request-id` of the request that caused the event, or null when no request did. */
  requestId: string | null;
}
