import * as tf from '@tensorflow/tfjs-core';

/** Work in pieces: it stops where the event loop may have a turn, or waits for a promise. */
export type Turns<T> = Generator<Promise<void> | undefined, T>;

/**
 * Does work without a pause.
 *
 * @returns its result
 * @throws if the work waits for a promise
 */
export function atOnce<T>(work: Turns<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (value !== undefined) throw new Error('This work waits for others: it cannot be done at once.');
  }
}

/**
 * Does work with a turn of the event loop wherever it stops: a program answers signals, and a page draws, while a large
 * batch is computed. Like `tf.tidy`, it disposes all tensors that the work makes, except those of the result. Tensors that
 * other code makes in between are not touched.
 *
 * @returns the result
 */
export async function inTurns<T extends tf.TensorContainer>(work: Turns<T>): Promise<T> {
  const made: tf.Tensor[] = [];
  let kept = new Set<number>();
  try {
    for (;;) {
      const { done, value } = runPiece(work, made);
      if (done) {
        kept = new Set(tensorsIn(value).map(({ id }) => id));
        return value;
      }
      await (value ?? new Promise((resolve) => setTimeout(resolve, 0)));
    }
  } finally {
    tf.dispose(made.filter((tensor) => !kept.has(tensor.id) && !tensor.isDisposed));
  }
}

/** Runs one piece. @param made gets the tensors that it leaves */
function runPiece<T>(work: Turns<T>, made: tf.Tensor[]): IteratorResult<Promise<void> | undefined, T> {
  const engine = tf.engine();
  engine.startScope();
  const own: tf.Tensor[] = [];
  try {
    return work.next();
  } finally {
    const { track } = engine.state.activeScope;
    own.push(...track.filter(({ isDisposed, kept }) => !isDisposed && !kept));
    engine.endScope(own);
    made.push(...own);
  }
}

function tensorsIn(result: tf.TensorContainer): tf.Tensor[] {
  if (result instanceof tf.Tensor) return [result];
  return typeof result === 'object' && result !== null
    ? Object.values(result).flatMap((part) => tensorsIn(part as tf.TensorContainer))
    : [];
}
