import type { OnnxGraph, OnnxInitializer, OnnxNode, OnnxValueInfo } from '../onnx/model.js';

/** No numbers. */
const NOTHING: OnnxInitializer = { name: 'nothing', type: 'int64', dims: [0], data: new Uint8Array() };
/** It as an input of the graph that has a default: something may be fed, so onnxruntime cannot count on what it holds. */
const OPEN_INPUT: OnnxValueInfo = { ...NOTHING, dims: ['length'] };

/**
 * The same graph, but every shape that Reshape gives has {@link OPEN_INPUT} behind it, so that onnxruntime does not know
 * the shapes of what follows.
 *
 * Where it knows them, it plans before the first run which result will take the memory of which earlier one of equal
 * shape, and keeps that memory from the first to the last of them, however far they are apart: a forward pass of 64
 * channels took 1.8 times the memory. Where it does not, each result is freed after its last use, but none is computed
 * in the memory of an operand. A forward pass is as fast; a training step, which adds up many gradients, is a tenth
 * slower, and is better planned.
 *
 * Not even how many axes there are may be known: onnxruntime would compare each result with everything that was freed
 * before, and a graph of thousands of operators would take ten times as long to compile.
 */
export function hideShapes(graph: OnnxGraph): OnnxGraph {
  const constants = new Set(graph.initializers.map(({ name }) => name));
  const opened = new Map<string, OnnxNode>();
  const nodes = graph.nodes.map((node): OnnxNode => {
    const shape = node.inputs[1];
    if (node.op !== 'Reshape' || shape === undefined || !constants.has(shape)) return node;
    const open = opened.get(shape) ?? joinedWithNothing(shape);
    opened.set(shape, open);
    return { ...node, inputs: [node.inputs[0]!, open.outputs[0]!] };
  });
  if (opened.size === 0) return graph;
  return {
    nodes: [...opened.values(), ...nodes],
    initializers: [...graph.initializers, NOTHING],
    inputs: [...graph.inputs, OPEN_INPUT],
    outputs: graph.outputs,
  };
}

function joinedWithNothing(shape: string): OnnxNode {
  return {
    op: 'Concat',
    domain: '',
    inputs: [shape, NOTHING.name],
    outputs: [`${shape} open`],
    attributes: { axis: 0 },
  };
}
