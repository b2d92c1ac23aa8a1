import { hasClasses, nameLabels, settleTrainingLabels, type Labeled } from '@onestep/diffusion-core';
import { findClass, type ClassName, type LabelChoice, type NamedClasses } from 'onestep';
import type { LabelOptions } from '../options/label-options.js';
import { UserError } from '../user-error.js';
import { checkCaptionsKnown, openPrompts } from './open-prompts.js';

/** Most numbers of a label in a message. */
const EXAMPLE_LENGTH = 8;

/**
 * Finds the class that was typed, and checks the options about labels against the network.
 *
 * @returns options of sampling; `notes` are lines for the user
 * @throws UserError naming the option that does not fit the network
 */
export function settleLabels(
  options: LabelOptions,
  network: NamedClasses,
): LabelChoice & Pick<LabelOptions, 'classProbabilities'> & { notes: string[] } {
  const { class: typed, label, classProbabilities } = options;
  const prompt = settlePrompt(options, network);
  if (prompt !== undefined) return { prompt: prompt.text, classProbabilities, notes: prompt.notes };
  if (typed !== undefined && label !== undefined) {
    throw new UserError('--class and --label both say which images to make: give one of them.', 2);
  }
  const notes = typed === undefined && label === undefined ? assumedLabels(network) : [];
  if (label !== undefined && network.labelDim > 0 && label.length !== network.labelDim) {
    throw new UserError(
      `--label ${label.join(',')} does not fit: this network takes labels of ${network.labelDim} numbers, such as ` +
        `--label ${exampleLabel(network)}.`,
    );
  }
  withLabelFlags(() => settleTrainingLabels(network, { classProbabilities }));
  if (typed === undefined && label === undefined) {
    checkCaptionsKnown(network, network.labels, '--prompt TEXT, or --prompts FILE with one prompt per line');
  }
  if (typed === undefined) return { label, classProbabilities, notes };
  if (network.labelDim > 0 && !hasClasses(network)) {
    const give =
      network.labels?.kind === 'captions' ? '--prompt TEXT' : `--label, such as --label ${exampleLabel(network)}`;
    throw new UserError(
      `--class ${typed} has no meaning here: this network takes ${nameLabels(network)}. ` +
        `Give ${give}, or leave both out for labels that occurred in training.`,
    );
  }
  const choice = typedClass(typed, network.classNames);
  const index = findClass(choice, network);
  const named = network.classNames.indexOf(typed);
  if (typeof choice === 'number' && named !== -1 && named !== index) {
    notes.push(
      `--class ${typed} is the class with this number, "${network.classNames[index]}". ` +
        `The one with this name has the number ${named}.`,
    );
  }
  if (network.labels?.frequencies?.[index] === 0) {
    notes.push(`Class ${index} (${network.classNames[index]}) did not occur in the training of this network.`);
  }
  return { class: index, classProbabilities, notes };
}

/**
 * Checks --prompt and --prompts against the network.
 *
 * @returns the prompt, or the prompts that images have in turn; undefined where neither is given
 */
function settlePrompt(
  { prompt, prompts, class: typed, label }: LabelOptions,
  network: NamedClasses,
): { text: string | readonly string[]; notes: string[] } | undefined {
  const text = prompt ?? prompts;
  if (text === undefined) return undefined;
  const flag = prompt === undefined ? '--prompts' : '--prompt';
  if (prompt !== undefined && prompts !== undefined) {
    throw new UserError('--prompt and --prompts both say what to make: give one of them.', 2);
  }
  if (typed !== undefined || label !== undefined) {
    throw new UserError(
      `${flag} and ${typed === undefined ? '--label' : '--class'} both say what to make: give one of them.`,
      2,
    );
  }
  return { text, notes: openPrompts(network, [text].flat(), flag).notes };
}

/** Runs `f`, whose errors about the probabilities of classes name the option as it is typed. */
export function withLabelFlags<T>(f: () => T): T {
  try {
    return f();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(error.message.replaceAll('classProbabilities', '--class-probabilities'));
  }
}

/**
 * Says that a network's file does not state the kind of its labels, where labels have to be drawn.
 *
 * @returns no line, or one
 */
export function assumedLabels({ labelDim, labels }: Labeled): string[] {
  if (labelDim === 0 || labels !== undefined) return [];
  return [
    `The network's file does not say what its labels are. Assuming ${labelDim} classes, all equally frequent, as in the published scripts.`,
  ];
}

/** What is typed as a number is the number of a class, unless there is none. */
function typedClass(text: string, classNames: readonly string[]): ClassName {
  const isNumber = /^\+?\d+$/.test(text.trim());
  return isNumber && (Number(text) < classNames.length || !classNames.includes(text)) ? Number(text) : text;
}

/** A label that occurred in training, or one of the right length, as it is typed. */
function exampleLabel({ labelDim, labels }: Labeled): string {
  const numbers = labels?.rows?.[0] ?? new Array<number>(labelDim).fill(0);
  return numbers.slice(0, EXAMPLE_LENGTH).join(',') + (numbers.length > EXAMPLE_LENGTH ? ',...' : '');
}
