import { serve } from '../../src/worker/index.js';
import { SmallNet } from '../network.js';
import { pattern, tf, useOrt } from '../support.js';

/** Trains a small network in a worker thread. */
export interface Training {
  start: { steps: number; failAt?: number; exitAt?: number; synchronous?: boolean };
  message: { step: number; loss: number; weights?: Float32Array };
  result: { steps: number; stopped: boolean };
}

class UnluckyStep extends Error {
  override name = 'UnluckyStep';
}

serve<Training>(async ({ steps, failAt, exitAt, synchronous }, context) => {
  await useOrt();
  // A timer that keeps the thread alive.
  setInterval(() => {}, 1000);
  let step = 0;
  if (synchronous) {
    // A loop without a turn of the event loop.
    while (step < steps && !context.stopRequested) {
      context.report({ step: ++step, loss: tf.tidy(() => tf.sum(pattern([8])).dataSync()[0]!) });
    }
    return { steps: step, stopped: context.stopRequested };
  }
  const net = new SmallNet(8);
  while (step < steps && !context.signal.aborted) {
    step++;
    if (step === failAt) throw new UnluckyStep(`step ${step} failed`, { cause: new RangeError('the reason') });
    if (step === exitAt) process.exit(7);
    context.report({ step, loss: await net.step(step, 2) });
  }
  const weights = net.parameters[0]!.dataSync() as Float32Array;
  context.report({ step, loss: 0, weights }, [weights.buffer as ArrayBuffer]);
  return { steps: step, stopped: context.signal.aborted };
});
