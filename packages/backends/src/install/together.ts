type Work<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Runs two pieces of work at a time. Where one fails the other is stopped; both have ended when this returns.
 *
 * @throws the error of the first that failed
 */
export async function together<A, B>(
  signal: AbortSignal | undefined,
  [first, second]: readonly [Work<A>, Work<B>],
): Promise<[A, B]> {
  const failure = new AbortController();
  const both = AbortSignal.any([failure.signal, ...(signal === undefined ? [] : [signal])]);
  const start = <T>(work: Work<T>) =>
    work(both).catch((error: unknown) => {
      failure.abort(error);
      throw error;
    });
  const [a, b] = await Promise.allSettled([start(first), start(second)]);
  signal?.throwIfAborted();
  if (a.status === 'rejected' || b.status === 'rejected') throw failure.signal.reason;
  return [a.value, b.value];
}
