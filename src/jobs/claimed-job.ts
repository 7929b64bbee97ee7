/** A job that this process has, and nobody else as long as its heartbeat lasts. */
export interface ClaimedJob {
  id: string;
  name: string;
  data: object;
  retryCount: number;
}
