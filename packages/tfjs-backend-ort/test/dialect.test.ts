import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import type { OrtBackend } from '../src/index.js';
import type { RecordedNode } from '../src/ir/node.js';
import { standardDialect } from '../src/lower/dialect.js';
import { STANDARD, writeModel } from '../src/onnx/model.js';
import { collect } from '../src/plan/graph.js';
import { lower } from '../src/plan/lowering.js';
import { SmallNet } from './network.js';
import { distance, pattern, tf, useOrt } from './support.js';

/** What is recorded and not yet run. */
const recorded = (ort: OrtBackend) => collect((ort as unknown as { pending: RecordedNode[] }).pending);

it('a training step in the standard dialect is plain ONNX, and gives the same gradients', async () => {
  const ort = await useOrt();
  ort.forbidFallback = true;
  const net = new SmallNet(16);
  const labels = tf.oneHot(tf.tensor1d([0, 1, 3], 'int32'), 4) as tf.Tensor2D;
  const x = pattern<tf.Rank.R4>([3, 8, 8, 3], 77);
  ort.flush();

  const { value, grads } = net.gradients(x, labels);
  const graph = recorded(ort);
  const { nodes, initializers, inputs, feedNames, outputs } = lower(graph, standardDialect);
  expect(new Set(nodes.map((node) => node.domain))).toEqual(new Set(['']));

  const computed = outputs.map(({ name, dims, dtype }) => ({ name, dims, type: dtype }));
  const model = writeModel({ nodes, initializers, inputs, outputs: computed }, STANDARD);
  const session = await InferenceSession.create(model, { intraOpNumThreads: 2, logSeverityLevel: 3 });
  const feeds: Record<string, Tensor> = {};
  feedNames.forEach((name, i) => {
    const { dtype, data, size } = graph.leaves[i]!;
    if (name) feeds[name] = new Tensor(dtype as 'float32', data as Float32Array, [size]);
  });
  const results = await session.run(feeds);
  const expected = [value, ...grads].map((t) => [...t.dataSync()]);
  const actual = new Map(graph.outputs.map((output, i) => [output as object, results[outputs[i]!.name]!.data]));
  [value, ...grads].forEach((t, i) =>
    expect(distance([...(actual.get(t.dataId) as Float32Array)], expected[i]!)).toBeLessThan(1e-5),
  );
  await session.release();
  net.dispose();
  ort.forbidFallback = false;
});
