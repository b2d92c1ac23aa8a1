/** The form in which captions are compared, as data sets store them: one line, composed accents (NFC), no spaces at its ends. */
export function plainCaption(caption: string): string {
  return caption.normalize('NFC').replace(/\s+/gu, ' ').trim();
}
