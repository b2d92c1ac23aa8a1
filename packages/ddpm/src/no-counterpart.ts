import { CheckpointError } from '@onestep/checkpoint';

/**
 * The error about a network that another project cannot express, with the formats that can.
 *
 * @param source the file's name
 * @param what what the project lacks, without a full stop
 */
export function noCounterpart(source: string, what: string, cause?: unknown): CheckpointError {
  return new CheckpointError(source, `${what.replace(/\.$/, '')}; .safetensors, .pth and .onnx can hold it`, { cause });
}
