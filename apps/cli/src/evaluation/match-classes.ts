import { UserError } from '../user-error.js';

/** Classes of a data set: their names in the order of their numbers. */
interface NamedClasses {
  path: string;
  classNames: readonly string[] | null;
}

/**
 * The numbers that the classes of a data set have elsewhere, by their names, in any case.
 *
 * @param known the names there, in the order of their numbers
 * @returns null where names do not tell: not all of them are known, and no known one has another number there
 * @throws UserError if only some are known, and one of these has another number there
 */
export function matchClasses({ path, classNames }: NamedClasses, known: readonly string[] | null): number[] | null {
  if (classNames === null || known === null) return null;
  const numberOf = new Map(known.map((name, number) => [name.toLowerCase(), number]));
  const found = classNames.map((name) => numberOf.get(name.toLowerCase()));
  const unknown = found.indexOf(undefined);
  if (unknown === -1) return found as number[];
  const moved = found.findIndex((number, i) => number !== undefined && number !== i);
  if (moved === -1) return null;
  throw new UserError(
    `Class ${moved} of ${path}, "${classNames[moved]}", is class ${found[moved]} of the network, which does not know ` +
      `"${classNames[unknown]}": convert the images again with the names ${known.join(', ')}.`,
  );
}
