import { arithmetic } from './rules/arithmetic.js';
import { arrangement } from './rules/arrangement.js';
import type { Rule } from './rules/rule.js';
import { windows } from './rules/windows.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';

/**
 * What has to hold for the inputs and attributes of a kernel, whoever computes it. The operations of tfjs-core check most
 * of it themselves, but not for whoever calls a kernel directly (gradients, fused operations), and tfjs's CPU kernels
 * check next to nothing: without these, a mistake would show at the flush, or not at all.
 */
const rules: Record<string, Rule> = { ...arithmetic, ...arrangement, ...windows };

/** What is wrong with the inputs and attributes of a kernel, or null. */
export function findViolation(kernel: string, inputs: TensorSpec[], attrs: Attrs): string | null {
  return rules[kernel]?.(inputs, attrs) ?? null;
}
