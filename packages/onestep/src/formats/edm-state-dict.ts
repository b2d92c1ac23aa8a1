import { CheckpointError } from '@onestep/checkpoint';
import { describeUnstatedRole, networkMetadata } from '@onestep/diffusion-core';
import {
  addMissingBuffers,
  describeNetwork,
  findEdmStateDicts,
  schemeOfClass,
  settingsFromWeights,
  type EdmStateDict,
  type NetworkSettings,
  type UndeterminedSettings,
} from '@onestep/edm';
import type { CheckpointContents } from './checkpoint-contents.js';
import type { CheckpointFormat } from './checkpoint-format.js';
import type { StatedSettings } from './stated-settings.js';

/** Tensors that programs store next to an EDM network, and that its images do not depend on. */
const WITHOUT_EFFECT = /(^|\.)logvar_linear\./;
/** Names of tensors of an EDM network. */
const OF_A_NETWORK = /(^|\.)(map_(noise|label|augment|layer0|layer1)|enc|dec|out_norm|out_conv)\./;
const SHOWN = 3;

/**
 * The weights of an EDM network alone, as `state_dict()` gives them, or in a module of another class than the published ones.
 * Settings come from names and shapes.
 */
export const EDM_STATE_DICT: CheckpointFormat = {
  name: 'a state dict of an EDM network (DDPM++, NCSN++ or ADM)',
  uses: ['precond', 'sigmaData', 'sigmaRange', 'channelsPerHead', 'networkKey'],
  recognizes: (contents) => listNetworks(contents).length > 0,
  open(contents, stated) {
    const networks = listNetworks(contents);
    const network = chooseNetwork(networks, stated, contents.name);
    assertDecoded(network, contents.name);
    const known = {
      preconditioning: choosePreconditioning(stated, network, contents.name),
      ...pickUndetermined(stated),
    };
    let settings: NetworkSettings;
    try {
      settings = settingsFromWeights(network.tensors, known);
    } catch (error) {
      const what = (error as Error).message.replace(/\.$/, '');
      throw new CheckpointError(contents.name, `it has no settings, and its weights give none: ${what}`, {
        cause: error,
      });
    }
    const tensors = addMissingBuffers(network.tensors, settings);
    return {
      snapshot: { tensors, metadata: networkMetadata(describeUnstatedRole({ ...settings })) },
      note: describeAssumptions(contents.name, settings, network, networks),
      assumed: EDM_STATE_DICT.uses,
    };
  },
};

/** A network of a file, which may have several. */
interface NamedNetwork extends EdmStateDict {
  /** The entry of the file and what its names start with, such as `ema` or `module`; empty if it is the whole file. */
  key: string;
  /** What the tensors are that cannot be decoded, by their names in the file. */
  undecoded: Readonly<Record<string, string>>;
  className?: string;
}

function listNetworks({ stateDicts }: CheckpointContents): NamedNetwork[] {
  return stateDicts.flatMap(({ path, tensors, undecoded, className }) => {
    const found = findEdmStateDicts(tensors);
    const isAveraged = ({ prefix }: EdmStateDict) => (/(^|[._])ema/i.test(prefix) ? 0 : 1);
    found.sort((a, b) => isAveraged(a) - isAveraged(b));
    return found.map((dict) => ({
      ...dict,
      undecoded,
      className,
      key: [path, dict.prefix.replace(/(^|\.)model$/, '')].filter((part) => part !== '').join('.'),
    }));
  });
}

/** @throws RangeError if the file has no network under the stated key; CheckpointError if it has several and none is averaged */
function chooseNetwork(networks: readonly NamedNetwork[], { networkKey }: StatedSettings, name: string): NamedNetwork {
  const keys = networks.map(({ key }) => key || '(none)').join(', ');
  if (networkKey !== undefined) {
    const stated = networks.find(({ key }) => key === networkKey);
    if (stated !== undefined) return stated;
    throw new RangeError(`${name}: there is no network under networkKey ${networkKey}; its networks: ${keys}.`);
  }
  const [first, second] = networks as [NamedNetwork, NamedNetwork?];
  if (second === undefined || /(^|[._])ema/i.test(first.key) || first.key === '') return first;
  throw new CheckpointError(name, `it has several networks; say which one with networkKey: ${keys}`);
}

/** @throws CheckpointError naming a tensor of the network that cannot be decoded */
function assertDecoded({ undecoded }: NamedNetwork, name: string): void {
  const [needed] = Object.entries(undecoded).filter(([tensor]) => OF_A_NETWORK.test(tensor));
  if (needed !== undefined) throw new CheckpointError(name, `its tensor ${needed[0]} is ${needed[1]}`);
}

/** The preconditioning that is stated or, if none is, that of the module's class, or of the published name of the file. */
function choosePreconditioning(
  { precond, sigmaData, sigmaRange }: StatedSettings,
  { className }: NamedNetwork,
  name: string,
): UndeterminedSettings['preconditioning'] {
  const scheme = precond ?? (className === undefined ? undefined : schemeOfClass(className)) ?? schemeOfName(name);
  if (sigmaData !== undefined && (scheme ?? 'edm') !== 'edm') {
    throw new RangeError(`${name}: sigmaData belongs to the preconditioning edm, not ${scheme}: leave sigmaData out.`);
  }
  if (sigmaRange !== undefined && scheme !== 've') {
    throw new RangeError(
      `${name}: sigmaRange belongs to the preconditioning ve, not ${scheme ?? 'edm'}: leave sigmaRange out.`,
    );
  }
  if (scheme === undefined && sigmaData === undefined) return undefined;
  const [sigmaMin, sigmaMax] = sigmaRange ?? [];
  return { scheme: scheme ?? 'edm', sigmaData, sigmaMin, sigmaMax } as UndeterminedSettings['preconditioning'];
}

/** The published baselines say their preconditioning in their names: `baseline-cifar10-32x32-uncond-vp`. */
function schemeOfName(name: string): 'vp' | 've' | 'iddpm' | undefined {
  const ending = /baseline-[\w-]*-(vp|ve|adm)\b/.exec(name)?.[1];
  return ending === 'adm' ? 'iddpm' : (ending as 'vp' | 've' | undefined);
}

function pickUndetermined({ channelsPerHead }: StatedSettings): UndeterminedSettings {
  return { channelsPerHead };
}

function describeAssumptions(
  name: string,
  settings: NetworkSettings,
  { key, unused }: NamedNetwork,
  networks: readonly NamedNetwork[],
): string {
  const { preconditioning, model } = settings;
  const { scheme } = preconditioning;
  const scale = scheme === 'edm' ? ` with sigma_data ${preconditioning.sigmaData}` : '';
  const heads = model.channelsPerHead ?? (model.modelType === 'DhariwalUNet' ? 64 : null);
  const attention = heads === null ? 'one attention head' : `attention heads of ${heads} channels`;
  const others = unused.filter((tensor) => !WITHOUT_EFFECT.test(tensor));
  return [
    `${name} has no settings. Its weights are those of ${describeNetwork(settings)}`,
    networks.length > 1 ? ` (${key || 'the file itself'}, of ${networks.length} networks)` : '',
    `. Assumed: ${scheme} preconditioning${scale}, ${attention}, no dropout.`,
    others.length > 0 ? ` Not used: ${list(others)}.` : '',
    hasTwoTimes(settings)
      ? ' Its noise embedding is twice as wide as that of DDPM++: if it takes two times, it is not supported.'
      : '',
  ].join('');
}

/** Networks of two times (r and t, without weights of their own) have noise embeddings of twice the width. */
function hasTwoTimes({ model }: NetworkSettings): boolean {
  return model.modelType === 'SongUNet' && model.embeddingType === 'positional' && model.channelMultNoise === 2;
}

function list(names: readonly string[]): string {
  const shown = names
    .slice(0, SHOWN)
    .map((name) => name.slice(0, 60))
    .join(', ');
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more tensors` : shown;
}
