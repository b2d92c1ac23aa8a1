/** Whether the reader's system asks for less motion. Then nothing on the pages moves by itself. */
export const calm = matchMedia('(prefers-reduced-motion: reduce)');
