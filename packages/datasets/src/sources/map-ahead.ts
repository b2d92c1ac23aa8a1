/**
 * The results of work on each item, in order, while the next few are under way.
 *
 * @param ahead how many are under way at most
 */
export async function* mapAhead<A, B>(
  items: readonly A[],
  ahead: number,
  work: (item: A) => Promise<B>,
): AsyncGenerator<B> {
  const underWay: Promise<B>[] = [];
  for (const item of items) {
    const result = work(item);
    // A failure is reported when its turn comes.
    result.catch(() => undefined);
    underWay.push(result);
    if (underWay.length >= ahead) yield await underWay.shift()!;
  }
  while (underWay.length > 0) yield await underWay.shift()!;
}
