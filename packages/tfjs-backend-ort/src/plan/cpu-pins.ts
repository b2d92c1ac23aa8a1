import type { OnnxInitializer, OnnxNode } from '../onnx/model.js';
import { nodeName } from '../onnx/model.js';

/**
 * Finds the nodes that the CPU has to run, because onnxruntime 1.30's WebGPU provider accepts them and computes them wrong:
 * - MaxPool returns no indices, which shows only when it runs.
 * - Slice with a negative step starts at the wrong end.
 * - TopK turns -Infinity into the lowest finite number.
 *
 * @returns their names
 */
export function findCpuPins(nodes: readonly OnnxNode[], initializers: readonly OnnxInitializer[]): string[] {
  const hasNegativeStep = (name: string | undefined) => {
    const data = initializers.find((constant) => constant.name === name)?.data;
    return data !== undefined && new BigInt64Array(data.slice().buffer).some((step) => step < 0n);
  };
  const isWrong = ({ op, outputs, inputs }: OnnxNode) =>
    (op === 'MaxPool' && outputs.length > 1) ||
    op === 'TopK' ||
    (op === 'Slice' && inputs[4] && hasNegativeStep(inputs[4]));
  return nodes.filter(isWrong).map(nodeName);
}
