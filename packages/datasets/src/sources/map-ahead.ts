/**
 * Gives the results of work on each item, in order, while the next items are being worked on.
 *
 * @param ahead number of items that are worked on at once
 */
export async function* mapAhead<A, B>(
  items: readonly A[],
  ahead: number,
  work: (item: A) => Promise<B>,
): AsyncGenerator<B> {
  const pending: Promise<B>[] = [];
  for (const item of items) {
    const result = work(item);
    // A failure is reported when its turn comes.
    result.catch(() => undefined);
    pending.push(result);
    if (pending.length >= ahead) yield await pending.shift()!;
  }
  while (pending.length > 0) yield await pending.shift()!;
}
