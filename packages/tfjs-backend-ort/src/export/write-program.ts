import { STANDARD, writeModel, type OnnxNode } from '../onnx/model.js';
import type { Program } from './program.js';

/** A protobuf message's limit, less what a graph's structure takes at most. */
const MAX_WEIGHT_BYTES = 2 ** 31 - 2 ** 26;

/**
 * Serialises a program under the user's names.
 *
 * @param inputNames in order
 * @throws if an input and an output have the same name, or the weights do not fit into a file
 */
export function writeProgram(program: Program, inputNames: readonly string[]): Uint8Array {
  const outputNames = program.outputs.map(({ name }) => name);
  const twice = outputNames.find((name) => inputNames.includes(name));
  if (twice !== undefined)
    throw new Error(`An input and an output of the exported function are both called '${twice}'.`);
  checkFileSize([...program.constants.values()].reduce((sum, { data }) => sum + data.length, 0));
  const names = fileNames(program, inputNames);
  const rename = (name: string) => (name === '' ? '' : names.get(name)!);
  const nodes = program.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: attributesOf(node, program),
    // Without the shapes, which are those of one trace.
    label: node.label?.replace(/\[.*$/, ''),
  }));
  return writeModel(
    {
      nodes,
      initializers: [...program.constants.values()].map((constant) => ({ ...constant, name: rename(constant.name) })),
      inputs: program.inputs.map((input, i) => ({ ...input, name: inputNames[i]! })),
      outputs: program.outputs,
    },
    STANDARD,
  );
}

/** @throws if weights of so many bytes do not fit into one ONNX file */
export function checkFileSize(bytes: number): void {
  if (bytes <= MAX_WEIGHT_BYTES) return;
  throw new Error(
    `The exported function's weights take ${(bytes / 2 ** 30).toFixed(2)} GiB, and an ONNX file with weights inside holds ` +
      'less than 2 GiB. Export parts of it to files of their own.',
  );
}

/** Names in the file: the user's for inputs and outputs, and others that do not collide with them. */
function fileNames({ nodes, constants, inputs, outputs }: Program, inputNames: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  inputs.forEach(({ name }, i) => names.set(name, inputNames[i]!));
  outputs.forEach(({ name, value }) => names.set(value, name));
  const taken = new Set(names.values());
  const add = (name: string, prefix: string) => {
    if (names.has(name)) return;
    let unique = `${prefix}${names.size}`;
    while (taken.has(unique)) unique = `_${unique}`;
    names.set(name, unique);
  };
  for (const name of constants.keys()) add(name, 'constant');
  for (const node of nodes) for (const name of node.outputs) add(name, 'value');
  return names;
}

/** Without Reshape's `allowzero` where nothing is 0: some readers do not know it. */
function attributesOf({ op, inputs, attributes }: OnnxNode, { constants }: Program): OnnxNode['attributes'] {
  if (op !== 'Reshape') return attributes;
  const shape = constants.get(inputs[1]!);
  const dims = shape && [...new BigInt64Array(shape.data.slice().buffer)];
  return dims?.includes(0n) ? attributes : {};
}
