import { nameClasses, type Labeled, type TrainingLabels } from '@onestep/diffusion-core';
import { hasGlyph } from './bitmap-font.js';
import { shownClasses } from './class-samples.js';

/** Most characters of a name in a picture. */
const LONGEST = 18;

/**
 * Names the classes that a picture shows: as in the network's file, otherwise `class 0`, `class 1`, ... Names that the
 * font of pictures cannot write are replaced by the number of the class.
 *
 * @returns one name per row; for a network without classes, one empty name
 */
export function shownNames(network: Labeled & { classNames?: readonly string[] }, labels?: TrainingLabels): string[] {
  const names = nameClasses(network.labelDim, network.classNames);
  return shownClasses(network, labels).map((index) => (index === undefined ? '' : drawableName(names[index]!, index)));
}

function drawableName(name: string, index: number): string {
  // Letters without their accents.
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '');
  if (![...plain].every(hasGlyph) || plain.trim() === '') return `class ${index}`;
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST - 2)}..` : plain;
}
