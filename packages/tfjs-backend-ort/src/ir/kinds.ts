import type { Kernel } from '../ops/kernel.js';
import { findViolation } from '../ops/preconditions.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';
import { type NodeKind, withShapes } from './node.js';

const kinds = new Map<string, NodeKind | 'fallback'>();
let nextId = 1;

/**
 * Returns the interned kind of an operation: the same object for the same kernel, attributes, input shapes and types. Shapes
 * are inferred once per kind.
 *
 * @returns 'fallback' if the kernel cannot be lowered for these inputs
 * @throws Error if the inputs or attributes are invalid
 */
export function kindOf(kernel: Kernel, inputs: readonly TensorSpec[], attrs: Attrs): NodeKind | 'fallback' {
  let key = `${kernel.name}|${attrsKey(attrs)}`;
  for (const { shape, dtype } of inputs) key += `|${dtype}${shape.join()}`;
  const known = kinds.get(key);
  if (known) return known;
  const specs = inputs.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
  const kind = withShapes(kernel.name, specs, () => createKind(kernel, specs, attrs));
  kinds.set(key, kind);
  return kind;
}

/** A string that identifies a kernel's attributes. Numbers keep their infinities, which JSON would lose. */
function attrsKey(attrs: Attrs | undefined): string {
  let key = '';
  for (const name in attrs) {
    const value = attrs[name] as unknown;
    key += `${name}=${typeof value === 'object' && value !== null && !isFlat(value) ? JSON.stringify(value) : String(value)};`;
  }
  return key;
}

const isFlat = (value: object) => Array.isArray(value) && value.every((item) => typeof item !== 'object');

function createKind(kernel: Kernel, inputs: TensorSpec[], attrs: Attrs): NodeKind | 'fallback' {
  const violation = findViolation(kernel.name, inputs, attrs);
  if (violation !== null) throw new Error(`${violation}.`);
  const isNumeric = inputs.every(({ dtype }) => dtype === 'float32' || dtype === 'int32' || dtype === 'bool');
  if (!isNumeric || kernel.needsFallback?.(inputs, attrs)) return 'fallback';
  const inferred = kernel.infer(inputs, attrs);
  const outputs = [inferred].flat();
  for (const { shape } of outputs) {
    if (shape.some((d) => !Number.isInteger(d) || d < 0)) throw new Error(`it would have the shape [${shape}].`);
  }
  return {
    id: nextId++,
    kernel,
    attrs: structuredClone(attrs),
    inputShapes: inputs.map((s) => s.shape),
    inputTypes: inputs.map((s) => s.dtype),
    outputs,
    returnsArray: Array.isArray(inferred),
  };
}
