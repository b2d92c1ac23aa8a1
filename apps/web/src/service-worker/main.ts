/**
 * Keeps the files of the pages, so that they open without a network. Each version is fetched as a whole, and takes the place of
 * the one before when no page of that is open any more, or when a page asks for it. Models are kept by the pages: see `src/models`.
 */
import { clientsClaim } from 'workbox-core';
import { precacheAndRoute, type PrecacheEntry } from 'workbox-precaching';
import { TAKE_OVER } from './take-over.js';

/** The files, listed by the build. */
declare const FILES: PrecacheEntry[];
/** The global of a service worker, which TypeScript's types of pages lack. */
declare const self: WindowOrWorkerGlobalScope & EventTarget & { skipWaiting(): Promise<void> };

// The address chooses the picture, and not the page.
precacheAndRoute(FILES, { ignoreURLParametersMatching: [/^/], directoryIndex: 'index.html', cleanURLs: false });
// The page that was there first can start another engine without a network, too.
clientsClaim();

self.addEventListener('message', (event) => {
  if ((event as MessageEvent).data === TAKE_OVER) void self.skipWaiting();
});
