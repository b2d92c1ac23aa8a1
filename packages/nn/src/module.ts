import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@onestep/checkpoint';
import { copy } from './ops/copy.js';
import { Parameter } from './parameter.js';

/**
 * A tree of parameters. Children and parameters are own properties of the object. A parameter's name is the
 * path of property names to it, so a network written with PyTorch's attribute names has PyTorch's state-dict
 * names.
 */
export abstract class Module {
  /** Whether dropout and the like are active. Set it for a whole tree with {@link Module.train}. */
  training = false;

  /** Direct children, by property name, in the order they were assigned. */
  children(): [string, Module][] {
    return Object.entries(this).filter((entry): entry is [string, Module] => entry[1] instanceof Module);
  }

  /** Trained parameters of the tree by full name, in the order of construction (PyTorch's order). */
  namedParameters(): Map<string, Parameter> {
    return new Map([...this.leaves('')].filter(([, leaf]) => leaf.trainable));
  }

  /** All saved tensors of the tree, parameters and buffers, by full name. */
  namedLeaves(): Map<string, Parameter> {
    return new Map(this.leaves(''));
  }

  /** Trained parameters of the tree. */
  parameters(): Parameter[] {
    return [...this.namedParameters().values()];
  }

  /** Number of trained scalars. */
  parameterCount(): number {
    return this.parameters().reduce((sum, { variable }) => sum + variable.size, 0);
  }

  /** Switches the whole tree to training mode (dropout active), or out of it. */
  train(mode = true): this {
    this.training = mode;
    for (const [, child] of this.children()) child.train(mode);
    return this;
  }

  /** Switches the whole tree to evaluation mode. */
  eval(): this {
    return this.train(false);
  }

  /** Downloads all saved tensors, with PyTorch's names and layouts. */
  async stateDict(): Promise<StateDict> {
    const dict: StateDict = {};
    for (const [name, leaf] of this.namedLeaves()) dict[name] = await leaf.download();
    return dict;
  }

  /**
   * Sets all saved tensors from a state dict.
   *
   * @throws naming tensors that are missing, unexpected or of another shape; nothing is changed then
   */
  loadStateDict(dict: StateDict): void {
    const leaves = this.namedLeaves();
    const missing = [...leaves.keys()].filter((name) => dict[name] === undefined);
    const unexpected = Object.keys(dict).filter((name) => !leaves.has(name));
    if (missing.length > 0 || unexpected.length > 0) {
      throw new Error(
        'The weights do not fit this network:' +
          (missing.length > 0 ? ` missing ${summarize(missing)};` : '') +
          (unexpected.length > 0 ? ` unexpected ${summarize(unexpected)};` : '') +
          ` it has ${leaves.size} tensors and the file has ${Object.keys(dict).length}.`,
      );
    }
    for (const [name, leaf] of leaves) {
      const { shape } = dict[name]!;
      if (shape.join() !== leaf.fileShape.join()) {
        throw new Error(`${name} has shape [${shape}] in the file, and this network needs [${leaf.fileShape}].`);
      }
    }
    for (const [name, leaf] of leaves) leaf.upload(dict[name]!, name);
  }

  /**
   * Copies all saved tensors from a module of the same structure.
   *
   * @throws if a tensor is missing there
   */
  copyFrom(source: Module): void {
    const theirs = source.namedLeaves();
    for (const [name, leaf] of this.namedLeaves()) {
      const value = theirs.get(name);
      if (value === undefined) throw new Error(`The module to copy from has no ${name}.`);
      // Not a clone: tensors that share memory until the first update would give the first training step
      // another graph than the others, and an engine that compiles would compile twice.
      tf.tidy(() => leaf.variable.assign(copy(value.variable)));
    }
  }

  /** Frees all tensors of the tree. */
  dispose(): void {
    for (const leaf of this.namedLeaves().values()) leaf.dispose();
  }

  private *leaves(prefix: string): Generator<[string, Parameter]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Parameter) yield [prefix + name, value];
      else if (value instanceof Module) yield* value.leaves(`${prefix}${name}.`);
    }
  }
}

/** A module whose children have names made at run time, such as a UNet's `32x32_block0`. */
export class ModuleDict<T extends Module = Module> extends Module {
  /**
   * Adds a child.
   *
   * @returns the child
   * @throws if the name is taken
   */
  add<M extends T>(name: string, child: M): M {
    if (name in this) throw new Error(`There is already a child named ${name}.`);
    Object.assign(this, { [name]: child });
    return child;
  }

  /** The children in the order they were added. */
  entries(): [string, T][] {
    return this.children() as [string, T][];
  }
}

function summarize(names: string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
