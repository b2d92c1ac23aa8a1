/** The part of WebGPU's compute passes that is watched. */
interface ComputePass {
  dispatchWorkgroups(...counts: number[]): void;
}

/** Counts what is dispatched to the device from now on. @returns how many dispatches there were so far */
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
