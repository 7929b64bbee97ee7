/**
 * Who acts. `caller` and `operator`: a request to the API without a key, about an instance or about machines and the fleet. `key:…`: a
 * request with this API key. `oidc:…`: a request with a token of the identity provider, by its subject. `reconciler`: the code that moves an instance towards its desired state. `policy:…`: an automatic rule.
 */
export type Principal = 'caller' | 'operator' | `key:${string}` | `oidc:${string}` | 'reconciler' | `policy:${string}`;

/** Who caused an event, and by which request. */
export interface Cause {
  actor: Principal;
  /** The `x-request-id` of the request that caused the event, or null when no request did. */
  requestId: string | null;
}

/** The operator of the deployment, by no request. */
export const BY_OPERATOR: Cause = { actor: 'operator', requestId: null };
