import type { OnnxGraph, OnnxInitializer, OnnxNode } from '../onnx/model.js';

/**
 * Hides the shapes of a graph from onnxruntime: the shape operand of a Reshape becomes an input whose default is the shape, and
 * whose length has no number.
 *
 * If onnxruntime knows the shapes, it plans before the first run which result reuses the memory of which earlier one of the
 * same shape, and keeps that memory allocated from the first to the last of them, however far apart they are. A forward pass
 * with 64 channels then takes 1.8 times the memory, and a training step 1.3 times. If it does not know them, it frees each result
 * after its last use, but computes none in the memory of an operand. Only the gradients of normalizations, chains of products of
 * whole activations, are faster that way, and keep their shapes.
 *
 * The number of axes has to be hidden too. Otherwise onnxruntime compares each result with everything that was freed before,
 * and a graph of thousands of operators takes ten times as long to compile.
 */
export function hideShapes(graph: OnnxGraph): OnnxGraph {
  const constants = new Map(graph.initializers.map((initializer) => [initializer.name, initializer]));
  const hidden = new Map<string, OnnxInitializer>();
  const nodes = graph.nodes.map((node): OnnxNode => {
    const shape = constants.get(node.inputs[1] ?? '');
    if (node.op !== 'Reshape' || shape === undefined || node.label?.startsWith('GroupNormGrad')) return node;
    const name = `${shape.name} hidden`;
    hidden.set(name, { ...shape, name });
    return { ...node, inputs: [node.inputs[0]!, name] };
  });
  const defaults = [...hidden.values()];
  return {
    nodes,
    initializers: [...graph.initializers, ...defaults],
    inputs: [...graph.inputs, ...defaults.map(({ name, type }) => ({ name, type, dims: ['length'] }))],
    outputs: graph.outputs,
  };
}
