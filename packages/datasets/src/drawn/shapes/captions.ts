import type { Draws } from '../draws.js';
import type { PlaceName } from './places.js';
import { middleOf } from './places.js';
import type { Scene, Thing } from './scene.js';

/** Words for the same thing, the first as frequent as the others together. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  circle: ['circle', 'disc'],
  cross: ['cross', 'plus'],
  purple: ['purple', 'violet'],
  gray: ['gray', 'grey'],
  small: ['small', 'little', 'tiny'],
  large: ['large', 'big'],
};

const PLACE_PHRASES: Readonly<Record<PlaceName, readonly string[]>> = {
  'top left': ['at the top left', 'in the top left corner', 'in the upper left'],
  top: ['at the top', 'at the upper edge'],
  'top right': ['at the top right', 'in the top right corner', 'in the upper right'],
  left: ['on the left', 'at the left'],
  center: ['in the center', 'in the middle'],
  right: ['on the right', 'at the right'],
  'bottom left': ['at the bottom left', 'in the bottom left corner', 'in the lower left'],
  bottom: ['at the bottom', 'at the lower edge'],
  'bottom right': ['at the bottom right', 'in the bottom right corner', 'in the lower right'],
};

/**
 * Describes a scene in plain English. Shapes and colors are always named; sizes, places and the ground often, so that they
 * are free where the caption does not name them.
 */
export function describeScene({ things, ground }: Scene, draws: Draws): string {
  const [saysSizes, saysPlaces, saysRelation, saysGround] = [0.6, things.length === 1 ? 0.6 : 0.45, 0.5, 0.85].map(
    (p) => draws.chance(p),
  );
  const name = (thing: Thing) => {
    const size = saysSizes ? `${word(thing.size, draws)} ` : '';
    const noun = `${size}${word(thing.color, draws)} ${word(thing.shape, draws)}`;
    return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
  };
  const [first, second, third] = things;
  const relation = second === undefined ? null : relate(first!, second, draws);
  let said: string;
  if (things.length === 2 && saysRelation && relation !== null) said = `${name(first!)} ${relation} ${name(second!)}`;
  else {
    const phrases = things.map(
      (thing) => name(thing) + (saysPlaces ? ` ${draws.oneOf(PLACE_PHRASES[thing.place])}` : ''),
    );
    said = third === undefined ? phrases.join(' and ') : `${phrases[0]}, ${phrases[1]} and ${phrases[2]}`;
  }
  const color = word(ground, draws);
  const article = /^[aeiou]/.test(color) ? 'an' : 'a';
  const behind = draws.oneOf([
    `on ${color}`,
    `on ${article} ${color} background`,
    `with ${article} ${color} background`,
  ]);
  const begin = draws.oneOf(['', '', '', 'a picture of ', things.length === 1 ? 'there is ' : 'there are ']);
  return begin + said + (saysGround ? ` ${behind}` : '');
}

/** Says only the colors and shapes, in an order that says nothing about the places: `a red star and a blue ring`. */
export function nameThings({ things }: Scene): string {
  return things
    .map(({ color, shape }) => `${color} ${shape}`)
    .map((noun) => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`)
    .join(' and ');
}

function word(name: string, draws: Draws): string {
  const [usual, ...others] = SYNONYMS[name] ?? [name];
  // One number is drawn for every word, whether it has synonyms or not.
  return draws.chance(0.5) || others.length === 0 ? usual! : others[Number(draws.chance(0.5)) % others.length]!;
}

/** Where a thing is, seen from another. */
function relate(a: Thing, b: Thing, draws: Draws): string | null {
  const [[ax, ay], [bx, by]] = [middleOf(a.place), middleOf(b.place)];
  const across = ax < bx ? ['to the left of', 'left of'] : ax > bx ? ['to the right of', 'right of'] : [];
  const down = ay < by ? ['above', 'over'] : ay > by ? ['below', 'under'] : [];
  const phrases = [...across, ...down];
  return phrases.length === 0 ? null : draws.oneOf(phrases);
}
