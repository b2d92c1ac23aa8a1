import type { OnnxInitializer, OnnxNode } from '../onnx/model.js';
import { nodeName } from '../onnx/model.js';

/**
 * Names of the nodes that onnxruntime 1.30's WebGPU provider takes on and does wrong: the CPU has to run them.
 * - MaxPool has no indices there, which shows only when it runs.
 * - Slice backwards begins at the wrong end.
 * - TopK makes the lowest number there is of -Infinity.
 */
export function findCpuPins(nodes: readonly OnnxNode[], initializers: readonly OnnxInitializer[]): string[] {
  const backwards = (name: string | undefined) => {
    const data = initializers.find((constant) => constant.name === name)?.data;
    return data !== undefined && new BigInt64Array(data.slice().buffer).some((step) => step < 0n);
  };
  const wrong = ({ op, outputs, inputs }: OnnxNode) =>
    (op === 'MaxPool' && outputs.length > 1) || op === 'TopK' || (op === 'Slice' && inputs[4] && backwards(inputs[4]));
  return nodes.filter(wrong).map(nodeName);
}
