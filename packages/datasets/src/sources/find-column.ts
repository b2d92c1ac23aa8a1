/**
 * The first of some names that a table has a column of. Capitals do not matter where no column has exactly that name: `Caption`.
 *
 * @param names in the order of preference
 * @returns the column as the table spells it; null for none
 */
export function findColumn(columns: readonly string[], names: readonly string[]): string | null {
  for (const name of names) {
    const found = columns.includes(name) ? name : columns.find((column) => column.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
  }
  return null;
}
