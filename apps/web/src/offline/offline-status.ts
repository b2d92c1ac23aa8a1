import { element } from '../page/element.js';
import { TAKE_OVER } from '../service-worker/take-over.js';

/** Has the browser keep the pages, and says whether they open without a network and whether there is a new version of them. */
export class OfflineStatus {
  private readonly note = element('offline-note', HTMLElement);
  private readonly update = element('update', HTMLButtonElement);
  /** Whether a service worker gives this page its files. */
  private isKept = navigator.serviceWorker?.controller != null;
  private hasAsked = false;

  /** Registers the service worker when the page has loaded. */
  start(): void {
    if (import.meta.env.DEV) {
      this.note.textContent = 'A development server: nothing is kept.';
    } else if (!('serviceWorker' in navigator)) {
      this.note.textContent = 'This browser keeps no pages of this address. It has to begin with https.';
    } else if (document.readyState === 'complete') {
      void this.register();
    } else {
      window.addEventListener('load', () => void this.register());
    }
  }

  private async register(): Promise<void> {
    navigator.serviceWorker.addEventListener('controllerchange', () => this.replaced());
    try {
      const address = new URL('service-worker.js', document.baseURI);
      const registration = await navigator.serviceWorker.register(address, { updateViaCache: 'none' });
      this.follow(registration);
    } catch (error) {
      // Without a network, the browser looks for a new version in vain.
      if (this.isKept) this.sayKept();
      else this.note.textContent = `The pages could not be kept: ${(error as Error).message}`;
    }
  }

  private follow(registration: ServiceWorkerRegistration): void {
    if (registration.active !== null) this.sayKept();
    if (registration.waiting !== null) this.offerUpdate(registration);
    const watch = () => {
      const worker = registration.installing;
      if (worker === null) return;
      const isFirst = registration.active === null;
      if (isFirst) this.note.textContent = 'The pages are being fetched, to be kept…';
      worker.addEventListener('statechange', () => {
        if (worker.state === 'installed' && !isFirst) this.offerUpdate(registration);
        if (worker.state === 'activated' && isFirst) this.sayKept();
        if (worker.state === 'redundant' && isFirst) this.sayNoRoom();
      });
    };
    watch();
    registration.addEventListener('updatefound', watch);
  }

  private sayKept(): void {
    this.note.textContent = 'These pages are kept on this device, and open without a network.';
  }

  private sayNoRoom(): void {
    this.note.textContent =
      'The pages could not be kept: there is no room, or the network was lost. They are fetched again when the page is reloaded.';
  }

  private offerUpdate(registration: ServiceWorkerRegistration): void {
    this.note.textContent = 'There is a new version of these pages. It begins when you reload, or open them again.';
    this.offer(() => {
      this.hasAsked = true;
      registration.waiting?.postMessage(TAKE_OVER);
    });
  }

  /** Another version of the pages has begun. The files of this one are gone. */
  private replaced(): void {
    if (this.hasAsked) return location.reload();
    const isFirst = !this.isKept;
    this.isKept = true;
    // The first version began, which this page is of.
    if (isFirst) return;
    this.note.textContent = 'A new version of these pages has begun in another window. Reload this one, too.';
    this.offer(() => location.reload());
  }

  private offer(reload: () => void): void {
    this.update.hidden = false;
    this.update.onclick = reload;
  }
}
