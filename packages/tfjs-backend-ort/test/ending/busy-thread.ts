/** Thread of the tests: computes without a pause until it is ended, and reports when it has begun. */
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { TensorConstructor } from '@onestep/onnxruntime';
import { writeModel } from '../../src/onnx/model.js';
import { ProtectedSession } from '../../src/runtime/protected-session.js';
import { ThreadedSession } from '../../src/runtime/threaded-session.js';
import { serve } from '../../src/worker/index.js';
import { pattern, tf } from '../support.js';

/** What the thread does; `nested` computes in a thread of its own, which does what follows. */
export type Busywork = 'compute' | 'compile' | 'threaded' | 'served' | 'nested' | 'nested-exit';

const SIZE = 256;

/** Computes without an end, nearly all the time in native calls; with `compile`, every graph is a new one. */
async function compute(begun: () => void, compiles: boolean): Promise<never> {
  await tf.setBackend('ort');
  const weights = tf.variable(pattern<tf.Rank.R2>([SIZE, SIZE]));
  for (let step = 1; ; step++) {
    tf.tidy(() => {
      let x: tf.Tensor2D = compiles ? tf.slice(weights, 0, [1 + (step % SIZE), SIZE]) : weights;
      for (let layer = 0; layer < 10; layer++) x = tf.tanh(tf.matMul<tf.Tensor2D>(x, weights));
      x.dataSync();
    });
    if (step === 2) begun();
  }
}

/** Calls the public API of ONNX Runtime, which runs in a thread of its own. */
function computeThreaded(begun: () => void): never {
  const info = (name: string) => ({ name, type: 'float32' as const, dims: [SIZE, SIZE] });
  const model = writeModel({
    nodes: [{ op: 'MatMul', domain: '', inputs: ['x', 'x'], outputs: ['y'], attributes: {} }],
    initializers: [],
    inputs: [info('x')],
    outputs: [info('y')],
  });
  const require = createRequire(import.meta.url);
  const entry = require.resolve('@onestep/onnxruntime');
  const { Tensor } = require(entry) as { Tensor: TensorConstructor };
  const session = new ProtectedSession(() => new ThreadedSession(entry));
  session.loadModel(model.buffer, model.byteOffset, model.byteLength, { intraOpNumThreads: 1 });
  const tensor = () => new Tensor('float32', new Float32Array(SIZE * SIZE), [SIZE, SIZE]);
  for (let step = 1; ; step++) {
    session.run({ x: tensor() }, { y: tensor() }, {});
    if (step === 2) begun();
  }
}

/** Lets a thread of this thread compute. */
async function nest(begun: () => void, thenExits: boolean): Promise<void> {
  const thread = new Worker(new URL(workerData.module as string), { workerData: { busywork: 'compute' } });
  await new Promise((resolve) => thread.once('message', resolve));
  begun();
  if (thenExits) setTimeout(() => process.exit(3), Math.random() * 50);
}

if (!isMainThread) {
  const { busywork } = workerData as { busywork?: Busywork };
  const begun = () => parentPort!.postMessage('begun');
  if (busywork === undefined) {
    serve(async (_start, { report }) => compute(() => report('begun'), false));
  } else if (busywork === 'threaded') computeThreaded(begun);
  else if (busywork.startsWith('nested')) await nest(begun, busywork === 'nested-exit');
  else await compute(begun, busywork === 'compile');
}
