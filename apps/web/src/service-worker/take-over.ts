/** What a page sends to a new service worker that waits, so that it begins at once. */
export const TAKE_OVER = 'take over';
