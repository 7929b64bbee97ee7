/** A job that this process has claimed. It stays claimed as long as heartbeats are sent. */
export interface ClaimedJob {
  id: string;
  name: string;
  data: object;
  retryCount: number;
}
