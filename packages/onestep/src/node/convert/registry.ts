import { admFormat } from './adm-format.js';
import { diffusersFormat } from './diffusers-format.js';
import { onnxFormat } from './onnx-format.js';
import { openAiFormat } from './openai-format.js';
import type { OutputFormat } from './output-format.js';
import { pickleFormat } from './pickle-format.js';
import { safetensorsFormat } from './safetensors-format.js';
import { torchFormat } from './torch-format.js';

/** All formats that can be written. A new format is one file in this folder and one line here. */
export const OUTPUT_FORMATS: readonly OutputFormat[] = [
  safetensorsFormat,
  admFormat,
  torchFormat,
  openAiFormat,
  diffusersFormat,
  pickleFormat,
  onnxFormat,
];

/** The format for a destination, judged by its name; undefined if there is none. */
export function outputFormat(dest: string): OutputFormat | undefined {
  return OUTPUT_FORMATS.find((format) => format.matches(dest));
}
