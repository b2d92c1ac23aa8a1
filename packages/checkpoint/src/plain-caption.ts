/** The form in which captions are stored and compared: on one line, with composed accents (NFC), without spaces at the ends. */
export function plainCaption(caption: string): string {
  return caption.normalize('NFC').replace(/\s+/gu, ' ').trim();
}
