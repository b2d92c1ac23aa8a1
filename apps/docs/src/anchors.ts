/**
 * The anchor of a heading, as GitHub makes it: in lower case, without punctuation, with a hyphen for each space.
 *
 * @param heading its text, without marks of emphasis and code
 */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Mark}\p{Number}\p{Connector_Punctuation}\s-]/gu, '')
    .replace(/\s/g, '-');
}
