/** Most characters of a caption in a message. */
const SHOWN = 100;

/** A caption in quotation marks, for messages. A long one is cut. */
export function quoteCaption(caption: string): string {
  const characters = [...caption.slice(0, 2 * SHOWN + 2)];
  return JSON.stringify(characters.length > SHOWN ? `${characters.slice(0, SHOWN).join('')}...` : caption);
}
