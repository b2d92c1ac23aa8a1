import type { OnnxGraph, OnnxInitializer, OnnxNode, OnnxValueInfo } from '../onnx/model.js';

/** An empty constant. */
const NOTHING: OnnxInitializer = { name: 'nothing', type: 'int64', dims: [0], data: new Uint8Array() };
/** The same constant as an overridable input, so that onnxruntime cannot constant-fold it. */
const OVERRIDABLE: OnnxValueInfo = { ...NOTHING, dims: ['length'] };

/**
 * Hides the shapes of a graph from onnxruntime: the shape operand of every Reshape gets {@link OVERRIDABLE} appended.
 *
 * If onnxruntime knows the shapes, it plans before the first run which result reuses the memory of which earlier one of the
 * same shape, and keeps that memory allocated from the first to the last of them, however far apart they are. A forward pass
 * with 64 channels then takes 1.8 times the memory. If it does not know them, it frees each result after its last use, but
 * computes none in the memory of an operand. A forward pass is as fast. A training step, which adds up many gradients, is a
 * tenth slower and better left alone.
 *
 * The number of axes has to be hidden too. Otherwise onnxruntime compares each result with everything that was freed before,
 * and a graph of thousands of operators takes ten times as long to compile.
 */
export function hideShapes(graph: OnnxGraph): OnnxGraph {
  const constants = new Set(graph.initializers.map(({ name }) => name));
  const hidden = new Map<string, OnnxNode>();
  const nodes = graph.nodes.map((node): OnnxNode => {
    const shape = node.inputs[1];
    if (node.op !== 'Reshape' || shape === undefined || !constants.has(shape)) return node;
    const appended = hidden.get(shape) ?? appendNothing(shape);
    hidden.set(shape, appended);
    return { ...node, inputs: [node.inputs[0]!, appended.outputs[0]!] };
  });
  if (hidden.size === 0) return graph;
  return {
    nodes: [...hidden.values(), ...nodes],
    initializers: [...graph.initializers, NOTHING],
    inputs: [...graph.inputs, OVERRIDABLE],
    outputs: graph.outputs,
  };
}

function appendNothing(shape: string): OnnxNode {
  return {
    op: 'Concat',
    domain: '',
    inputs: [shape, NOTHING.name],
    outputs: [`${shape} open`],
    attributes: { axis: 0 },
  };
}
