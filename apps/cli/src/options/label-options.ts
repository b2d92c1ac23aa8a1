import { existsSync } from 'node:fs';
import { readRegularFile } from '@onestep/checkpoint/node';
import { InvalidArgumentError, type Command } from 'commander';
import * as checks from '@onestep/diffusion-core';
import type { Check, ClassProbabilities } from '@onestep/diffusion-core';
import { parseWith } from './parsers.js';
import { addTextEncoderOptions, type TextEncoderOptions } from './text-encoder-options.js';

/** Options that decide where random labels are drawn from. */
export interface ClassProbabilityOption {
  classProbabilities?: ClassProbabilities;
}

/** Options that choose the labels of images. */
export interface LabelOptions extends ClassProbabilityOption, TextEncoderOptions {
  /** The class of every image, as typed: its number or its name. Left out, random. */
  class?: string;
  /** The label vector of every image. */
  label?: number[];
  /** The caption of every image. */
  prompt?: string;
  /** Captions, one after another for the images. */
  prompts?: readonly string[];
}

/** Options as they are typed: prompts by their file. */
export type Typed<T extends LabelOptions> = Omit<T, 'prompts'> & PromptsOption;

/** The option that names a file of prompts. */
export interface PromptsOption extends TextEncoderOptions {
  prompts?: string;
}

/** Adds {@link PromptsOption}. @param use what becomes of the prompts */
export function addPromptsOption(command: Command, use: string): Command {
  command.option(
    '--prompts <file>',
    `prompts, for a network that takes captions: text with one per line, .jsonl with "caption" or "prompt", or the captions of a data set; ${use}`,
  );
  return addTextEncoderOptions(command, 'what encodes prompts, for a network that was trained with a text encoder');
}

/** Adds {@link LabelOptions} to a command. @param use what becomes of the prompts of a file */
export function addLabelOptions(command: Command, use = 'the images have them in turn'): Command {
  command
    .option('--class <name>', 'the class of every image, by number or name (default: random)')
    .option(
      '--label <list>',
      'the label of every image, such as 0.37,0.7, for a network that takes label vectors (default: one that occurred)',
      labelVector,
    )
    .option(
      '--prompt <text>',
      'what every image shows, in words, for a network that takes captions (default: one that occurred)',
    );
  return addClassProbabilities(addPromptsOption(command, use));
}

/** Adds {@link ClassProbabilityOption} to a command. @param inData what comes before the network's own frequencies */
export function addClassProbabilities(command: Command, inData = ''): Command {
  return command.option(
    '--class-probabilities <list>',
    'how often each class is drawn: one number per class, such as 0.1,0.9, a text file with them, or uniform ' +
      `(default: as often as in ${inData}the training of the network, if its file says so, else uniform)`,
    parseListOrFile(checks.classProbabilities()),
  );
}

/** Makes commander's parser of a check whose value may be the name of a text file with it. */
export function parseListOrFile<T>(check: Check<T>): (text: string) => T {
  return (text) => parseWith(check)(existsSync(text) ? readList(text) : text);
}

/** The numbers in a file, with commas between them: they may have brackets, spaces or lines. */
function readList(path: string): string {
  try {
    return readRegularFile(path)
      .toString('utf8')
      .replace(/^\uFEFF|[[\]]/g, '')
      .trim()
      .replace(/\s*,\s*|\s+/g, ',');
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** Parses `0.37,0.7`; negative numbers too. */
function labelVector(text: string): number[] {
  return [...parseWith(checks.numberList())(text)];
}
