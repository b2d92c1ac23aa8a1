import '../style.css';
import type { EngineName } from '../engine/engine-name.js';
import type { NetworkCard } from '../generation/calls.js';
import { EnginePicker } from '../page/engine-picker.js';
import { GenerationSession } from './generation-session.js';
import { Networks } from './networks.js';
import { PicturePanel } from './picture-panel.js';
import { Race } from './race.js';
import { SpeedMeter } from './speed-meter.js';

const session = new GenerationSession();
const networks = new Networks(session, { loading: () => race.stop(), changed: networksChanged });
const race = new Race(session, networks);
// Where the picture changes, the lanes of the race no longer show it.
const picture = new PicturePanel(session, networks, () => race.stop());
const speed = new SpeedMeter(session, networks);
race.listen(picture);
void new EnginePicker(start).start();

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

function networksChanged(card: NetworkCard | null): void {
  picture.enable(networks.generator !== null);
  race.updateButton();
  speed.updateButton();
  if (card?.role === 'generator') picture.showStudent(card);
}
