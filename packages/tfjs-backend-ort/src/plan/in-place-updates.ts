import type { OnnxNode } from '../onnx/model.js';

/** Operators whose result may share the memory of their operand. */
const ALIASES = new Set(['Reshape', 'Identity']);

/**
 * Finds the results that may be written over the input they replace (a parameter, a moment). The input must not be read after
 * its result has been computed. The order in which a graph runs follows from its edges only, so the result must depend on
 * every operator that reads the input.
 *
 * @param candidates names of results, with the input that each replaces
 * @param kept names of results that leave the graph; an input among them is copied after the run
 * @returns the candidates that are safe
 */
export function findInPlaceUpdates(
  nodes: readonly OnnxNode[],
  candidates: ReadonlyMap<string, string>,
  kept: ReadonlySet<string>,
): Map<string, string> {
  const producers = new Map<string, number>();
  const readers = new Map<string, number[]>();
  nodes.forEach(({ inputs, outputs }, i) => {
    for (const name of outputs) producers.set(name, i);
    for (const name of inputs) readers.set(name, [...(readers.get(name) ?? []), i]);
  });

  /** Operators that read the memory of a value. Null if it leaves the graph under another name. */
  const readersOf = (name: string): number[] | null => {
    const found: number[] = [];
    for (const i of readers.get(name) ?? []) {
      const { op, outputs } = nodes[i]!;
      if (!ALIASES.has(op)) {
        found.push(i);
        continue;
      }
      const further = kept.has(outputs[0]!) ? null : readersOf(outputs[0]!);
      if (!further) return null;
      found.push(...further);
    }
    return found;
  };

  const dependsOnAll = (result: number, needed: readonly number[]): boolean => {
    const missing = new Set(needed);
    const seen = new Set<number>();
    const stack = [result];
    while (stack.length > 0 && missing.size > 0) {
      const i = stack.pop()!;
      if (seen.has(i)) continue;
      seen.add(i);
      missing.delete(i);
      for (const name of nodes[i]!.inputs) {
        const producer = producers.get(name);
        if (producer !== undefined) stack.push(producer);
      }
    }
    return missing.size === 0;
  };

  return new Map(
    [...candidates].filter(([result, input]) => {
      const writer = producers.get(result);
      const needed = readersOf(input);
      const leaves = writer !== undefined && kept.has(result);
      return leaves && !kept.has(input) && needed !== null && dependsOnAll(writer, needed);
    }),
  );
}
