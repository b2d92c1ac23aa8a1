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
    if (!('serviceWorker' in navigator)) {
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
      // A development server has no service worker.
      else this.note.textContent = `The pages could not be kept: ${(error as Error).message}`;
    }
  }

  private follow(registration: ServiceWorkerRegistration): void {
    if (registration.active !== null) this.sayKept();
    else this.followFirst(registration);
    if (registration.active !== null && registration.waiting !== null) this.offerUpdate(registration);
    registration.addEventListener('updatefound', () => {
      const { active, installing } = registration;
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'installed' && active !== null) this.offerUpdate(registration);
      });
    });
  }

  /** Says when the first version is there. */
  private followFirst({ installing }: ServiceWorkerRegistration): void {
    this.note.textContent = 'The pages are being fetched, to be kept…';
    void navigator.serviceWorker.ready.then(() => this.sayKept());
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'redundant') this.sayNoRoom();
    });
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
