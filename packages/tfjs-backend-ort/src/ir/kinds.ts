import type { Kernel } from '../ops/kernel.js';
import { complaint } from '../ops/preconditions.js';
import { named, type NodeKind } from './node.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';

const kinds = new Map<string, NodeKind | 'fallback'>();
let nextId = 1;

/** One string for a kernel's attributes; numbers keep their infinities, which JSON would lose. */
function attrsKey(attrs: Attrs | undefined): string {
  let key = '';
  for (const name in attrs) {
    const value = attrs[name] as unknown;
    key += `${name}=${typeof value === 'object' && value !== null && !isFlat(value) ? JSON.stringify(value) : String(value)};`;
  }
  return key;
}

const isFlat = (value: object) => Array.isArray(value) && value.every((item) => typeof item !== 'object');

/**
 * The interned kind of an operation: same kernel, attributes, input shapes and types, same object. Shape inference
 * runs once per kind. 'fallback' where the kernel cannot be lowered for these inputs.
 */
export function kindOf(kernel: Kernel, inputs: readonly TensorSpec[], attrs: Attrs): NodeKind | 'fallback' {
  let key = `${kernel.name}|${attrsKey(attrs)}`;
  for (const { shape, dtype } of inputs) key += `|${dtype}${shape.join()}`;
  const known = kinds.get(key);
  if (known) return known;
  const specs = inputs.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
  const kind = named(kernel.name, specs, () => newKind(kernel, specs, attrs));
  kinds.set(key, kind);
  return kind;
}

function newKind(kernel: Kernel, inputs: TensorSpec[], attrs: Attrs): NodeKind | 'fallback' {
  const wrong = complaint(kernel.name, inputs, attrs);
  if (wrong !== null) throw new Error(`${wrong}.`);
  const numeric = inputs.every(({ dtype }) => dtype === 'float32' || dtype === 'int32' || dtype === 'bool');
  if (!numeric || kernel.unsupported?.(inputs, attrs)) return 'fallback';
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
    several: Array.isArray(inferred),
  };
}
