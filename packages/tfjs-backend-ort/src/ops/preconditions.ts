import type { Attrs, TensorSpec } from '../tensor-spec.js';
import { arithmetic } from './rules/arithmetic.js';
import { arrangement } from './rules/arrangement.js';
import type { Rule } from './rules/rule.js';
import { windows } from './rules/windows.js';

/**
 * Preconditions of the inputs and attributes of kernels. tfjs-core's operations check most of them, but gradients and fused
 * operations call kernels directly, and tfjs's CPU kernels check almost nothing. Without these rules a mistake would show
 * when the graph runs, or not at all.
 */
const RULES: Record<string, Rule> = { ...arithmetic, ...arrangement, ...windows };

/** Describes what is wrong with the inputs and attributes of a kernel. Null if nothing is. */
export function findViolation(kernel: string, inputs: TensorSpec[], attrs: Attrs): string | null {
  return RULES[kernel]?.(inputs, attrs) ?? null;
}
