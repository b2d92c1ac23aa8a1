import * as tf from '@tensorflow/tfjs-core';

/** Work in pieces: it stops where the event loop may have a turn. */
export type Turns<T> = Generator<undefined, T>;

/**
 * Does work without a pause.
 *
 * @returns its result
 */
export function atOnce<T>(work: Turns<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
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
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  } finally {
    tf.dispose(made.filter((tensor) => !kept.has(tensor.id) && !tensor.isDisposed));
  }
}

/** Runs one piece. @param made gets the tensors that it leaves */
function runPiece<T>(work: Turns<T>, made: tf.Tensor[]): IteratorResult<undefined, T> {
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
