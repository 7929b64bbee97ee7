/** Probes give up after a second or so; an answer that comes later is worth nothing. */
const PATIENCE_MS = 2_000;

/** Rejects when the work takes longer than whoever asks will wait. */
export async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('too slow'));
    }, PATIENCE_MS);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
