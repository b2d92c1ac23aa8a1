/** Program of the tests: trains one step, and prints which onnxruntime it found. */
import { library } from '../src/runtime/library.js';
import { SmallNet } from './network.js';
import { distance, images, tf, useOrt } from './support.js';

/** Loss and gradients of a small UNet. */
function gradients(): number[][] {
  const net = new SmallNet(16);
  const labels = tf.oneHot(tf.tensor1d([0, 1], 'int32'), 4) as tf.Tensor2D;
  const { value, grads } = net.gradients(images([2, 4, 4, 3]), labels);
  const result = [value, ...grads].map((t) => [...t.dataSync()]);
  net.dispose();
  return result;
}

await tf.setBackend('cpu');
const expected = gradients();
const ort = await useOrt();
ort.forbidFallback = true;
const actual = gradients();
const { access, reason, version } = library();
console.log(
  JSON.stringify({
    version,
    access,
    reason,
    dialect: ort.dialect,
    difference: Math.max(...actual.map((values, i) => distance(values, expected[i]!))),
    awaited: [...(await tf.add(tf.tensor1d([1, 2]), 1).data())],
  }),
);
