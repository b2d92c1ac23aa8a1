import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from '@onestep/onnxruntime';
import { pythonWith } from '../../../../test-support/python.js';
import type { tf } from '../support.js';
import { distance } from '../support.js';

const CHECKER = fileURLToPath(new URL('check_model.py', import.meta.url));
const python = pythonWith('onnx');

/** Whether Python's package onnx is installed. Tests that need it are skipped otherwise. */
export const hasOnnxChecker = python !== null;

export interface CheckedModel {
  ir: number;
  opsets: Record<string, number>;
  domains: string[];
  inputs: Record<string, (number | string)[]>;
  outputs: Record<string, (number | string)[]>;
  nodes: number;
  metadata: Record<string, string>;
}

/**
 * Runs onnx's checker and shape inference.
 *
 * @throws Error with what they find
 */
export function checkModel(model: Uint8Array): CheckedModel {
  const { status, stdout, stderr } = spawnSync(python!, [CHECKER], { input: model, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as CheckedModel;
}

/** Runs a model with onnxruntime's public API and its own optimizations. */
export async function runModel(model: Uint8Array, feeds: Record<string, tf.Tensor>): Promise<Record<string, Tensor>> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 2, logSeverityLevel: 3 });
  const named = Object.entries(feeds).map(([name, x]) => [
    name,
    new Tensor(x.dtype as 'float32', x.dataSync() as Float32Array, x.shape),
  ]);
  const results = await session.run(Object.fromEntries(named) as Record<string, Tensor>);
  await session.release();
  return results as Record<string, Tensor>;
}

/** The largest difference between a model's results and the expected tensors, relative to the largest magnitude. */
export async function modelDifference(
  model: Uint8Array,
  feeds: Record<string, tf.Tensor>,
  expected: Record<string, tf.Tensor>,
): Promise<number> {
  const results = await runModel(model, feeds);
  if (Object.keys(results).sort().join() !== Object.keys(expected).sort().join()) return Infinity;
  return Math.max(
    ...Object.entries(expected).map(([name, tensor]) => {
      const { dims, type, data } = results[name]!;
      if (type !== tensor.dtype || dims.join() !== tensor.shape.join()) return Infinity;
      return distance(Array.from(data as Float32Array, Number), Array.from(tensor.dataSync()));
    }),
  );
}
