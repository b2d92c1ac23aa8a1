import type { NetworkCard } from '../generation/calls.js';

/** Says what a file of the user's is. */
export function describeFile(card: NetworkCard): string {
  const what =
    card.role === 'teacher'
      ? 'a diffusion model: it is the teacher now'
      : `${card.ownLatents ? 'a generator with latents of its own, such as a GAN' : 'a one-step generator'}: it is the student now`;
  const assumed = card.isRoleAssumed ? ' Its file does not say what it is, which is assumed.' : '';
  return `${card.name}: ${what}. ${card.parameters.toLocaleString('en')} parameters, ${describeImages(card)}.${assumed}`;
}

/** Says what images a network makes: `8×8 color pictures of 3 classes`. */
export function describeImages({ size, channels, labelDim, classNames, captions }: NetworkCard): string {
  const color = channels === 1 ? 'gray' : channels === 3 ? 'color' : `${channels}-channel`;
  const labels =
    labelDim === 0
      ? 'without classes'
      : captions !== undefined
        ? 'of captions'
        : classNames.length > 0
          ? `of ${labelDim} classes`
          : `with label vectors of ${labelDim} numbers`;
  return `${size}×${size} ${color} pictures ${labels}`;
}
