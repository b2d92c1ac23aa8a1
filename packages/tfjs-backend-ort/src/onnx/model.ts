import { WireWriter } from './wire.js';

/** ONNX element types by the names that this package uses. */
export const ELEMENT_TYPE = { float32: 1, float64: 11, float16: 10, bool: 9, int32: 6, int64: 7, uint8: 2 } as const;
export type ElementType = keyof typeof ELEMENT_TYPE;

/** Attribute values: integers and integer lists are written as INT(S), `{ float }` as FLOAT, strings as STRING, `{ graph }` as GRAPH. */
export type AttributeValue = number | readonly number[] | string | { float: number } | { graph: OnnxGraph };
export type Attributes = Record<string, AttributeValue>;

export interface OnnxNode {
  op: string;
  domain: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Attributes;
  /** The operation it belongs to, for error messages and profiles. */
  label?: string;
}
export interface OnnxValueInfo {
  name: string;
  type: ElementType;
  /** A string names a length that is known only when the graph runs. */
  dims: readonly (number | string)[];
  /** Whether not even the number of axes is known before the graph runs; `dims` is not looked at then. Default: false. */
  isAnyShape?: boolean;
}
export interface OnnxInitializer extends OnnxValueInfo {
  dims: readonly number[];
  data: Uint8Array;
}
export interface OnnxGraph {
  nodes: readonly OnnxNode[];
  initializers: readonly OnnxInitializer[];
  inputs: readonly OnnxValueInfo[];
  outputs: readonly OnnxValueInfo[];
}

/** The versions that a model declares. */
export interface ModelFormat {
  ir: number;
  opsets: readonly (readonly [domain: string, version: number])[];
}

/** For the onnxruntime that this package depends on: versions that 1.30 accepts for every operator used here. */
const PRIVATE: ModelFormat = {
  ir: 10,
  opsets: [
    ['', 21],
    ['com.microsoft', 1],
    ['com.microsoft.nchwc', 1],
  ],
};

/** For other software: opset 17 was released with ONNX 1.12 (2022), whose files have IR version 8. */
export const STANDARD: ModelFormat = { ir: 8, opsets: [['', 17]] };

/**
 * Serializes a graph as an ONNX ModelProto (field numbers: onnx.proto3).
 *
 * @param metadata strings for `metadata_props`, by name
 */
export function writeModel(
  graph: OnnxGraph,
  format = PRIVATE,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const model = new WireWriter();
  model.int(1, format.ir);
  model.string(2, '@onestep/tfjs-backend-ort');
  model.message(7, (w) => writeGraph(w, graph));
  for (const [domain, version] of format.opsets) {
    model.message(8, (o) => {
      if (domain) o.string(1, domain);
      o.int(2, version);
    });
  }
  for (const [name, text] of Object.entries(metadata)) {
    model.message(14, (entry) => {
      entry.string(1, name);
      entry.string(2, text);
    });
  }
  return model.finish();
}

function writeGraph(w: WireWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) w.message(1, (n) => writeNode(n, node));
  w.string(2, 'graph');
  for (const tensor of graph.initializers) w.message(5, (t) => writeInitializer(t, tensor));
  for (const input of graph.inputs) w.message(11, (v) => writeValueInfo(v, input));
  for (const output of graph.outputs) w.message(12, (v) => writeValueInfo(v, output));
}

/** The name of a node in error messages and profiles. The first output makes it unique. */
export function nodeName({ label, op, outputs }: OnnxNode): string {
  return `${label ? `${label}/` : ''}${op}:${outputs[0]}`;
}

function writeNode(w: WireWriter, node: OnnxNode): void {
  for (const input of node.inputs) w.string(1, input);
  for (const output of node.outputs) w.string(2, output);
  w.string(3, nodeName(node));
  w.string(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) w.message(5, (a) => writeAttribute(a, name, value));
  if (node.domain) w.string(7, node.domain);
}

function writeAttribute(w: WireWriter, name: string, value: AttributeValue): void {
  w.string(1, name);
  if (typeof value === 'number') {
    w.int(3, value);
    w.int(20, 2);
  } else if (typeof value === 'string') {
    w.string(4, value);
    w.int(20, 3);
  } else if (Array.isArray(value)) {
    for (const item of value as readonly number[]) w.int(8, item);
    w.int(20, 7);
  } else if ('graph' in (value as object)) {
    w.message(6, (g) => writeGraph(g, (value as { graph: OnnxGraph }).graph));
    w.int(20, 5);
  } else {
    w.float(2, (value as { float: number }).float);
    w.int(20, 1);
  }
}

function writeInitializer(w: WireWriter, tensor: OnnxInitializer): void {
  for (const dim of tensor.dims) w.int(1, dim);
  w.int(2, ELEMENT_TYPE[tensor.type]);
  w.string(8, tensor.name);
  w.bytes(9, tensor.data);
}

function writeValueInfo(w: WireWriter, value: OnnxValueInfo): void {
  w.string(1, value.name);
  w.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, ELEMENT_TYPE[value.type]);
      if (value.isAnyShape) return;
      tensor.message(2, (shape) => {
        for (const dim of value.dims) {
          shape.message(1, (d) => (typeof dim === 'string' ? d.string(2, dim) : d.int(1, dim)));
        }
      });
    }),
  );
}
