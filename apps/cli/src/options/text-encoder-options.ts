import { Option, type Command } from 'commander';
import type { TextPooling } from 'onestep';

/** Options that name a text encoder. */
export interface TextEncoderOptions {
  /** Path of the file or folder. */
  textEncoder?: string;
  textPooling?: TextPooling;
}

/** Adds {@link TextEncoderOptions}. @param use what it is for */
export function addTextEncoderOptions<T extends Command>(command: T, use: string): T {
  command
    .option(
      '--text-encoder <path>',
      `${use}: a file of embeddings (.safetensors, .npz, .npy), an ONNX file with tokenizer.json next to it, or a folder with both`,
    )
    .addOption(textPoolingOption());
  return command;
}

/** `--text-pooling`. */
export function textPoolingOption(): Option {
  return new Option(
    '--text-pooling <how>',
    'mean: the mean over the tokens, where the text encoder has an embedding of each (default: its embedding of the text)',
  ).choices(['mean']);
}

/** The arguments of {@link TextEncoderOptions}, for another command. */
export function textEncoderArguments({ textEncoder, textPooling }: TextEncoderOptions): string[] {
  return [
    ...(textEncoder === undefined ? [] : ['--text-encoder', textEncoder]),
    ...(textPooling === undefined ? [] : ['--text-pooling', textPooling]),
  ];
}
