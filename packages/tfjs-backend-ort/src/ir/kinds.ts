import type { Attrs, InputSpec, Kernel } from '../kernels/kernel.js';
import type { NodeKind } from './node.js';

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
export function kindOf(kernel: Kernel, inputs: readonly InputSpec[], attrs: Attrs): NodeKind | 'fallback' {
  let key = `${kernel.name}|${attrsKey(attrs)}`;
  for (const { shape, dtype } of inputs) key += `|${dtype}${shape.join()}`;
  const known = kinds.get(key);
  if (known) return known;
  const specs = inputs.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
  const numeric = specs.every(({ dtype }) => dtype === 'float32' || dtype === 'int32' || dtype === 'bool');
  let kind: NodeKind | 'fallback' = 'fallback';
  if (numeric && !kernel.unsupported?.(specs, attrs)) {
    const inferred = kernel.infer(specs, attrs);
    kind = {
      id: nextId++,
      kernel,
      attrs: structuredClone(attrs),
      inputShapes: specs.map((s) => s.shape),
      inputTypes: specs.map((s) => s.dtype),
      outputs: [inferred].flat(),
      several: Array.isArray(inferred),
    };
  }
  kinds.set(key, kind);
  return kind;
}
