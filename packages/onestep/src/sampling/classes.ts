import { checkHasClasses, checkLabel, encodePrompts, type CaptionEncoder, type Labeled } from '@onestep/diffusion-core';
import { supplyPrompts } from '../text/supply-prompts.js';

/** A class, by its index or its name. */
export type ClassName = number | string;

/** The labels of some images. */
export interface LabelChoice {
  /** One class for all images, or one for each, by index or name. */
  class?: ClassName | readonly ClassName[];
  /** One label vector for all images. */
  label?: readonly number[];
  /** One caption for all images, or one for each, for a network that takes captions. An empty one is none. */
  prompt?: string | readonly string[];
  /**
   * What encodes the prompts, for a network whose text encoder is not part of its file: that with which it was trained, opened by
   * `openTextEncoder` (in Node), or a program's own (`programEncoder`).
   */
  textEncoder?: CaptionEncoder;
}

/** A network whose classes have names. */
export interface NamedClasses extends Labeled {
  /** In label order; empty for a network without classes. */
  readonly classNames: readonly string[];
}

/** Shows at most this many classes in a message. */
const SHOWN = 20;

/**
 * Finds the index of each image's class, and checks a label vector.
 *
 * @param count number of images
 * @returns one index per image; undefined for random labels, or where a label vector is given
 * @throws RangeError listing the classes, if there is no such class, or the number of classes is not `count`
 */
export function classIndices(
  { class: choice, label }: LabelChoice,
  count: number,
  network: NamedClasses,
): number[] | undefined {
  if (label !== undefined) {
    if (choice !== undefined) throw new RangeError('Pass a class or a label vector, but not both.');
    checkLabel(network, label);
  }
  if (choice === undefined) return undefined;
  if (typeof choice !== 'object') return new Array<number>(count).fill(findClass(choice, network));
  if (choice.length !== count) {
    throw new RangeError(
      `There are ${choice.length} classes for ${count} seeds: pass one class, or one for each seed.`,
    );
  }
  return choice.map((one) => findClass(one, network));
}

/**
 * The caption of each image.
 *
 * @param count number of images
 * @returns one prompt per image; undefined where none is given
 * @throws RangeError if the network does not take captions or knows no word of one, the number of prompts is not `count`,
 *   another choice is given too, or `textEncoder` is not the one with which the network was trained
 */
export async function settlePrompts(
  { prompt, class: choice, label, textEncoder }: LabelChoice,
  count: number,
  network: NamedClasses,
): Promise<readonly string[] | undefined> {
  if (prompt === undefined) return undefined;
  if (choice !== undefined || label !== undefined) {
    throw new RangeError('Pass a prompt, a class or a label vector, but not several of them.');
  }
  if (![prompt].flat().every((text: unknown) => typeof text === 'string')) {
    throw new TypeError(`prompt is ${JSON.stringify(prompt)}: pass a text, or a list with one for each seed.`);
  }
  const prompts = typeof prompt === 'string' ? new Array<string>(count).fill(prompt) : prompt;
  if (prompts.length !== count) {
    throw new RangeError(
      `There are ${prompts.length} prompts for ${count} seeds: pass one prompt, or one for each seed.`,
    );
  }
  const different = [...new Set(typeof prompt === 'string' ? [prompt] : prompt)];
  await supplyPrompts(network, different, textEncoder);
  encodePrompts(network, different);
  return prompts;
}

/**
 * Finds a class by its index or its name. Capital letters make no difference where no two names are alike without them.
 *
 * @throws RangeError listing the classes, if there is no such class
 */
export function findClass(choice: ClassName, network: NamedClasses): number {
  const { classNames } = network;
  checkHasClasses(network, choice);
  const index = typeof choice === 'string' ? indexOfName(choice, classNames) : choice;
  if (Number.isInteger(index) && index >= 0 && index < classNames.length) return index;
  throw new RangeError(
    `Class ${JSON.stringify(choice)} does not exist: this network has the classes ${listClasses(classNames)}.`,
  );
}

function indexOfName(name: string, classNames: readonly string[]): number {
  const exact = classNames.indexOf(name);
  if (exact !== -1) return exact;
  const plain = (text: string) => text.normalize().trim().toLowerCase();
  const alike = classNames.flatMap((candidate, index) => (plain(candidate) === plain(name) ? [index] : []));
  return alike.length === 1 ? alike[0]! : -1;
}

function listClasses(classNames: readonly string[]): string {
  if (classNames.every((name, index) => name === `class ${index}`)) return `0 to ${classNames.length - 1}`;
  const list = classNames.slice(0, SHOWN).map((name, index) => `${index} (${name})`);
  return list.join(', ') + (classNames.length > SHOWN ? ` and ${classNames.length - SHOWN} more` : '');
}
