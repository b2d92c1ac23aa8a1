import * as tf from '@tensorflow/tfjs-core';

/** The parts of tfjs's WebGPU backend and of WebGPU that the kernels use. The types of neither are available in Node. */
export interface WebgpuBackend {
  device: {
    limits: { maxComputeWorkgroupsPerDimension: number; maxStorageBuffersPerShaderStage: number };
    createShaderModule(descriptor: { code: string; label: string }): object;
    createComputePipeline(descriptor: object): object;
  };
  /** What is known of a tensor: `values` are its elements on the host, or null. */
  tensorMap: { get(dataId: object): { values: unknown } | undefined };
  makeTensorInfo(shape: number[], dtype: 'float32'): tf.TensorInfo;
  uploadToGPU(dataId: object): void;
  disposeData(dataId: object): void;
  incRef(dataId: object): void;
  refCount(dataId: object): number;
  /** Binds `output`, then `inputs`, then `numbers`. The dispatch is appended to those that tfjs has recorded. */
  recordAndSubmit(
    program: { pipeline: object; dispatch: [number, number, number] },
    output: tf.TensorInfo,
    inputs: tf.TensorInfo[],
    numbers: { type: string; data: number[] }[],
  ): void;
}

/**
 * A compute shader with any number of outputs; tfjs's own programs have one. The code can use
 *
 * - each tensor as a flat `array<f32>` (or `array<Vec>`) under its name,
 * - `uniforms`: the program's numbers, and `uniforms.workgroups`, the number of workgroups,
 * - `thread` and `workgroup`: the indices of both, from 0.
 */
export interface WebgpuProgram {
  /** Identifies the code: programs of the same name have the same code. */
  name: string;
  inputs: readonly string[];
  /** May also be read: a tensor can be updated in place. */
  outputs: readonly string[];
  numbers: Readonly<Record<string, 'u32' | 'f32'>>;
  /** Threads per workgroup. */
  threads: number;
  /** Element type of each tensor: `f32` (the default), or a type that `declarations` defines. */
  elements?: Readonly<Record<string, string>>;
  /** Functions and shared memory. */
  declarations?: string;
  /** Body of the main function. */
  body: string;
}

/** The arguments of one run of a program. */
export interface Work {
  /** Tensors by the program's names for them. */
  tensors: Readonly<Record<string, tf.TensorInfo>>;
  numbers: Readonly<Record<string, number>>;
  workgroups: number;
}

/** Compiled programs by device, so that those of a lost device are collected with it. */
const pipelines = new WeakMap<object, Map<string, object>>();

/** Records a program's dispatch. The caller creates the outputs, or passes a variable's tensor to update it in place. */
export function runProgram(
  backend: WebgpuBackend,
  program: WebgpuProgram,
  { tensors, numbers, workgroups }: Work,
): void {
  if (workgroups === 0) return;
  const compiled = pipelines.get(backend.device) ?? new Map<string, object>();
  pipelines.set(backend.device, compiled);
  const pipeline = compiled.get(program.name) ?? compile(backend, program);
  compiled.set(program.name, pipeline);
  const bound = namesInOrder(program).map((name) => {
    const { dataId, shape } = tensors[name]!;
    backend.uploadToGPU(dataId);
    return { dataId, shape: [tf.util.sizeFromShape(shape)], dtype: 'float32' } satisfies tf.TensorInfo;
  });
  const dispatch = grid(workgroups, backend.device.limits.maxComputeWorkgroupsPerDimension);
  backend.recordAndSubmit({ pipeline, dispatch }, bound[0]!, bound.slice(1), [
    { type: 'uint32', data: [workgroups] },
    ...Object.entries(program.numbers).map(([name, type]) => ({
      type: type === 'u32' ? 'uint32' : 'float32',
      data: [numbers[name]!],
    })),
  ]);
}

/** Number of workgroups of `threads` threads that cover `items` items. */
export function workgroupsFor(items: number, threads: number): number {
  return Math.ceil(items / threads);
}

function namesInOrder({ outputs, inputs }: WebgpuProgram): string[] {
  return [...outputs, ...inputs];
}

/** A grid of at least `workgroups` workgroups, none of its dimensions larger than `limit`. */
function grid(workgroups: number, limit: number): [number, number, number] {
  if (workgroups <= limit) return [workgroups, 1, 1];
  const rows = Math.ceil(workgroups / limit);
  return [Math.ceil(workgroups / rows), rows, 1];
}

function compile(backend: WebgpuBackend, program: WebgpuProgram): object {
  const code = shader(program);
  const module = backend.device.createShaderModule({ code, label: program.name });
  return backend.device.createComputePipeline({ label: program.name, layout: 'auto', compute: { module } });
}

function shader(program: WebgpuProgram): string {
  const { inputs, numbers, threads, elements = {}, declarations = '', body } = program;
  const names = namesInOrder(program);
  const bindings = names.map((name, i) => {
    const access = inputs.includes(name) ? 'read' : 'read_write';
    return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${elements[name] ?? 'f32'}>;`;
  });
  // tfjs binds two numbers of its own first, then the size and the stride of each tensor.
  const tfjsNumbers = ['nan: f32', 'infinity: f32', ...names.flatMap((_, i) => [`size${i}: i32`, `stride${i}: i32`])];
  const ownNumbers = Object.entries({ workgroups: 'u32', ...numbers }).map(([name, type]) => `${name}: ${type}`);
  return `
    struct Uniforms { ${[...tfjsNumbers, ...ownNumbers].join(', ')} }
    ${bindings.join('\n')}
    @group(0) @binding(${names.length}) var<uniform> uniforms: Uniforms;
    const THREADS = ${threads}u;
    ${declarations}
    @compute @workgroup_size(${threads})
    fn main(
      @builtin(local_invocation_index) thread: u32,
      @builtin(workgroup_id) position: vec3u,
      @builtin(num_workgroups) grid: vec3u,
    ) {
      let workgroup = position.y * grid.x + position.x;
      if (workgroup >= uniforms.workgroups) { return; }
      ${body}
    }`;
}
