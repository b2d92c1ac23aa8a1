/** The method of WebGPU's compute passes that is counted. */
interface ComputePass {
  dispatchWorkgroups(...counts: number[]): void;
}

/**
 * Counts dispatches to the device from now on.
 *
 * @returns a function that returns the number of dispatches so far
 */
export function countDispatches(): () => number {
  const { prototype } = (globalThis as unknown as { GPUComputePassEncoder: { prototype: ComputePass } })
    .GPUComputePassEncoder;
  const { dispatchWorkgroups } = prototype;
  let count = 0;
  prototype.dispatchWorkgroups = function (...counts) {
    count += 1;
    dispatchWorkgroups.apply(this, counts);
  };
  return () => count;
}
