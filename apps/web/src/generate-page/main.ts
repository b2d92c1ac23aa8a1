import '../style.css';
import type { EngineName } from '../engine/engine-name.js';
import type { NetworkCard } from '../generation/calls.js';
import { OfflineStatus } from '../offline/offline-status.js';
import { EnginePicker } from '../page/engine-picker.js';
import { GenerationSession } from './generation-session.js';
import { KeptModels } from './kept-models.js';
import { Networks } from './networks.js';
import { PicturePanel } from './picture-panel.js';
import { Race } from './race.js';
import type { ShippedModel } from './shipped-models.js';
import { SpeedMeter } from './speed-meter.js';

const session = new GenerationSession();
const kept = new KeptModels();
const networks = new Networks(session, { loading, changed: networksChanged, loaded });
const race = new Race(session, networks);
// Where the picture changes, the lanes of the race no longer show it.
const picture = new PicturePanel(session, networks, () => race.stop());
const speed = new SpeedMeter(session, networks);
race.listen(picture);
makeRoom(networks.model);
document.documentElement.classList.remove('waiting');
void new EnginePicker(start).start();
void kept.start();
new OfflineStatus().start();

/** Starts an engine and loads the networks that come with the page. @returns the engine in one line */
async function start(name: EngineName): Promise<string> {
  const restarted = session.restart(name);
  networks.clear();
  const description = await restarted.catch((error: unknown) => {
    picture.say('No engine runs. Choose another one below.');
    throw error;
  });
  void networks.loadShipped();
  return description;
}

function loading(model: ShippedModel | null): void {
  race.stop();
  picture.stop();
  if (model !== null) makeRoom(model);
}

/** @param notKept why a model could not be kept on this device; null if it was */
function loaded(notKept: string | null): void {
  if (notKept !== null) kept.say(notKept);
  void kept.update();
}

/** Shows what a model that is being loaded will need, so that nothing moves when it is there. */
function makeRoom(model: ShippedModel): void {
  picture.makeRoom(model);
  race.makeRoom(model);
}

/** @param card the new one; null if all are gone */
function networksChanged(card: NetworkCard | null): void {
  const { shown, generator } = networks;
  picture.enable(shown !== null);
  race.update();
  speed.updateButton();
  if (card === null || shown === null) return;
  if (card === shown || generator === null) picture.showNetwork(shown);
  else picture.showTeacher();
}
