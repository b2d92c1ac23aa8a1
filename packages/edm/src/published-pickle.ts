import { readGeneratorRecord, splitGeneratorTensors } from '@onestep/diffusion-core';
import { CheckpointError, pythonFloat, snapshotChunks, type Picklable, type Safetensors } from '@onestep/checkpoint';
import { REST_KEY, withoutPublishedRest } from './network-file.js';
import { completeNetworkSettings, type NetworkSettings, type PartialNetworkSettings } from './network-settings.js';
import { UNET_DEFAULTS } from './networks/registry.js';
import { publishedArguments } from './published-arguments.js';
import { METADATA_KEY } from './published-snapshot.js';
import { assertWeightsFit } from './weights-fit.js';

/** Buffers in the published classes; all other tensors are parameters. */
const BUFFER = /(^|\.)(resample_filter|freqs|u)$/;

/**
 * Writes a network of this package as a published snapshot, `{'ema': network}`, which NVlabs/edm and SiD load: the pickle runs
 * a text of ours that builds the network with the class in the reader's own `training/networks.py`. The metadata go into an
 * entry of their own, so that {@link publishedSnapshot} brings back all of the file.
 *
 * @param contents of a network file; what a published file held next to its network is left out
 * @param source the file's name, for messages
 * @returns the file in pieces
 * @throws CheckpointError if it holds no network of this package, or a generator that the published classes cannot be
 */
export function publishedPickle(contents: Safetensors, source = 'network file'): Iterable<Uint8Array> {
  const { tensors: all, metadata } = withoutPublishedRest(contents);
  const { settings, generator } = readGeneratorRecord(metadata, source);
  const { network: tensors, generator: own } = splitGeneratorTensors(all, generator);
  const extra = Object.keys(own)[0];
  if (extra !== undefined) {
    const method = String(generator?.method ?? 'its method');
    throw new CheckpointError(
      source,
      `its generator has an input of ${method} (${extra}), which the published network classes lack; only .safetensors, .pth ` +
        'and .onnx can hold it',
    );
  }
  const complete = completeSettings(settings, source);
  const { model, preconditioning } = complete;
  if ('endTime' in model || preconditioning.scheme === 'flow') {
    const what = 'its network has two times or no preconditioning, which the published network classes lack';
    throw new CheckpointError(source, `${what}; only .safetensors, .pth and .onnx can hold it`);
  }
  try {
    assertWeightsFit(complete, tensors);
  } catch (error) {
    throw new CheckpointError(source, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
  const { className, kwargs } = publishedArguments(complete);
  const rest = new Map<string, Picklable>([
    ...(generator?.initSigma === undefined ? [] : [['init_sigma', pythonFloat(generator.initSigma)] as const]),
    [METADATA_KEY, new Map(Object.entries(metadata).filter(([key]) => key !== REST_KEY))],
  ]);
  const isBuffer = (name: string) => BUFFER.test(name);
  return snapshotChunks({ className, source: sourceText(className), kwargs, tensors, isBuffer }, rest);
}

function completeSettings(settings: Record<string, unknown>, source: string): NetworkSettings {
  const { modelType = '' } = Object(settings.model) as Partial<NetworkSettings['model']>;
  if (!Object.hasOwn(UNET_DEFAULTS, modelType)) {
    throw new CheckpointError(source, 'its network is not one of NVlabs/edm; .safetensors, .pth and .onnx can hold it');
  }
  try {
    return completeNetworkSettings(settings as unknown as PartialNetworkSettings);
  } catch (error) {
    throw new CheckpointError(source, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
}

/** What runs when the file is unpickled. */
function sourceText(className: string): string {
  return `# Written by onestep. This text runs when the snapshot is unpickled. It builds the network with the class of this name
# in your own copy of NVlabs/edm or SiD, and loads the weights into it.
import torch

try:
    from training import networks
except ImportError as error:
    raise ImportError(
        "This snapshot was written by onestep. It needs training/networks.py of NVlabs/edm or SiD: unpickle it in that "
        "folder, or with that folder on PYTHONPATH."
    ) from error


def named_tensors(state, prefix=""):
    for group in ("_parameters", "_buffers"):
        for name, tensor in state[group].items():
            yield prefix + name, tensor
    for name, part in state["_modules"].items():
        yield from named_tensors(part.__dict__, f"{prefix}{name}.")


class ${className}(networks.${className}):
    def __setstate__(self, state):
        if any(type(part) is torch.nn.Module for part in state["_modules"].values()):
            self.__init__(*state["_init_args"], **state["_init_kwargs"])
            self.load_state_dict(dict(named_tensors(state)))
            self.eval().requires_grad_(False)
        else:  # pickled again by PyTorch, with all of its layers
            super().__setstate__(state)
`;
}
