import { requireBfloat16 } from '@onestep/backends/onnx';

/** Why bfloat16 does not work here; null if it does. */
export function whyNoBfloat16(): string | null {
  try {
    requireBfloat16();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
