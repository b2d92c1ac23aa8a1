import { findThings, type FoundScene, type FoundThing } from './find-things.js';
import { middleOf } from './places.js';
import { readCaption, type StatedScene, type StatedThing } from './read-caption.js';

/** Attributes of a thing that a caption can state. */
export const THING_ATTRIBUTES = ['shape', 'color', 'size', 'place'] as const;
/** An attribute of a thing. */
export type ThingAttribute = (typeof THING_ATTRIBUTES)[number];

/** Whether a picture shows what a caption says. */
export interface CaptionMatch {
  /** Whether everything that is stated is right, and there are as many things as are stated. */
  isRight: boolean;
  /** Whether there are as many things as are stated. */
  count: boolean;
  /** Undefined where the caption does not state it. */
  ground?: boolean;
  relation?: boolean;
  /** For each stated thing, whether each stated attribute is right; all are wrong where there is no such thing. */
  things: readonly Partial<Record<ThingAttribute, boolean>>[];
  /** Whether shape and color are right of the same thing, for every stated thing. */
  binding: boolean;
  /** What was found. */
  found: FoundScene;
}

/**
 * Compares a picture with what its caption says. Found things are assigned to stated ones so that as many attributes as
 * possible are right.
 *
 * @param pixels RGB, [32, 32, 3], 0 to 255
 * @param caption in the English of the data set `shapes`, or what it says
 */
export function matchCaption(pixels: Uint8Array, caption: string | StatedScene): CaptionMatch {
  const stated = typeof caption === 'string' ? readCaption(caption) : caption;
  const found = findThings(pixels);
  const assigned = assign(stated.things, found.things);
  const things = stated.things.map((thing, i) => compare(thing, assigned[i] ?? null));
  const ground = stated.ground === undefined ? undefined : found.ground === stated.ground;
  const relation = stated.relation === undefined ? undefined : isRelated(stated.relation, assigned);
  const count = found.things.length === stated.things.length;
  const areRight = things.every((thing) => Object.values(thing).every((isRight) => isRight));
  return {
    isRight: count && areRight && ground !== false && relation !== false,
    count,
    ...(ground !== undefined && { ground }),
    ...(relation !== undefined && { relation }),
    things,
    binding: things.every(({ shape, color }) => shape === true && color !== false),
    found,
  };
}

function compare(stated: StatedThing, found: FoundThing | null): Partial<Record<ThingAttribute, boolean>> {
  const said = THING_ATTRIBUTES.filter((attribute) => stated[attribute] !== undefined);
  return Object.fromEntries(
    said.map((attribute) => [attribute, found !== null && found[attribute] === stated[attribute]]),
  );
}

/** The found thing of each stated one, null for none: the order in which most is right. */
function assign(stated: readonly StatedThing[], found: readonly FoundThing[]): (FoundThing | null)[] {
  if (stated.length === 0) return [];
  const [first, ...others] = stated as [StatedThing, ...StatedThing[]];
  let [best, most]: [(FoundThing | null)[], number] = [[], -1];
  for (const candidate of [...found, null]) {
    const left = assign(
      others,
      found.filter((thing) => thing !== candidate),
    );
    const all = [candidate, ...left];
    const right = [first, ...others].reduce((sum, thing, i) => sum + countRight(thing, all[i]!), 0);
    if (right > most) [best, most] = [all, right];
  }
  return best;
}

/** Shapes and colors decide first; any thing is better than none. */
function countRight(stated: StatedThing, found: FoundThing | null): number {
  if (found === null) return 0;
  const { shape = false, color = false, size = false, place = false } = compare(stated, found);
  return 0.01 + 1.1 * Number(shape) + Number(color) + 0.6 * Number(place) + 0.5 * Number(size);
}

function isRelated(relation: string, [a, b]: readonly (FoundThing | null)[]): boolean {
  if (!a || !b) return false;
  const [[ax, ay], [bx, by]] = [middleOf(a.place), middleOf(b.place)];
  return { 'left of': ax < bx, 'right of': ax > bx, above: ay < by, below: ay > by }[relation] ?? false;
}
