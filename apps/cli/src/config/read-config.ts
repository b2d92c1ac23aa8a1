import { statSync } from 'node:fs';
import { join } from 'node:path';
import { getNodeValue, parseTree, printParseErrorCode, type ParseError } from 'jsonc-parser';
import { isMap, isNode, isScalar, parseDocument } from 'yaml';
import { readRegularFile } from '@onestep/checkpoint/node';
import { UserError } from '../user-error.js';

/** A setting of a file. */
export interface Setting {
  /** As it is written. */
  key: string;
  value: unknown;
  /** The place, for messages: `run.yaml, line 3`. */
  place: string;
}

/** The settings of a file. */
export interface Config {
  path: string;
  /** The command that the file says it is for, such as `edm train`. */
  command: string | undefined;
  settings: readonly Setting[];
  /** Whether it is the record of a run, which has every option, typed or not. */
  isRecord: boolean;
}

/** The record of a run in its folder. */
const RECORD = 'training_options.json';
/** The largest file of settings: one is read whole, and no list of settings is near that. */
const MAX_BYTES = 2 ** 20;

/**
 * Reads settings: a file of YAML, or of JSON with or without comments, with options by their names; or the record of a run,
 * by its path or by the run's folder. The contents tell which it is; `.json` and `.jsonc` are JSON.
 *
 * @throws UserError naming the file and the place, where it cannot be read or is no list of settings
 */
export function readConfig(source: string): Config {
  const isFolder = statSync(source, { throwIfNoEntry: false })?.isDirectory() === true;
  const path = isFolder ? join(source, RECORD) : source;
  const contents = readRegularFile(path);
  if (contents.length > MAX_BYTES) throw new UserError(`${path} is larger than a file of settings can be (1 MiB).`, 2);
  const text = contents.toString('utf8').replace(/^\uFEFF/, '');
  const all = /\.jsonc?$/i.test(path) ? jsonSettings(path, text) : yamlSettings(path, text);
  const settings = all.filter(({ key }) => key !== '$schema');
  const named = settings.find(({ key }) => key === 'command');
  if (named !== undefined && typeof named.value !== 'string') {
    throw new UserError(`${named.place}: command has to be the name of a command, such as edm train.`, 2);
  }
  const command = named?.value as string | undefined;
  const recorded = settings.find(({ key }) => key === 'command_line');
  if (recorded === undefined) {
    if (isFolder)
      throw new UserError(`${path} has no command_line: that run was not started by a training command.`, 2);
    return { path, command, settings: settings.filter((setting) => setting !== named), isRecord: false };
  }
  if (!isObject(recorded.value)) throw new UserError(`${recorded.place}: command_line has to be an object.`, 2);
  const own = Object.entries(recorded.value).map(([key, value]) => ({ key, value, place: path }));
  return { path, command, settings: own, isRecord: true };
}

function jsonSettings(path: string, text: string): Setting[] {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined) {
    throw new UserError(
      `${placeOf(path, text, error.offset)}: this is not JSON (${printParseErrorCode(error.error)}).`,
      2,
    );
  }
  if (tree?.type !== 'object') throw notSettings(path);
  const settings = tree.children!.map(({ children, offset }) => ({
    key: children![0]!.value as string,
    value: getNodeValue(children![1]!) as unknown,
    place: placeOf(path, text, offset),
  }));
  const twice = settings.find(({ key }, i) => settings.findIndex((other) => other.key === key) < i);
  if (twice !== undefined) throw new UserError(`${twice.place}: ${twice.key} is there twice.`, 2);
  return settings;
}

function yamlSettings(path: string, text: string): Setting[] {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw new UserError(`${placeOf(path, text, error.pos[0])}: ${error.message}.`, 2);
  if (document.contents === null) return [];
  if (!isMap(document.contents)) throw notSettings(path);
  return document.contents.items.map(({ key, value }) => {
    const place = placeOf(path, text, (isNode(key) ? key.range?.[0] : undefined) ?? 0);
    if (!isScalar(key)) throw new UserError(`${place}: a setting is written as NAME: VALUE.`, 2);
    const plain = document.createNode(value) as { toJS?: (doc: unknown) => unknown } | null;
    return { key: String(key.value), value: plain?.toJS?.(document) ?? null, place };
  });
}

function placeOf(path: string, text: string, offset: number): string {
  return `${path}, line ${text.slice(0, offset).split('\n').length}`;
}

function notSettings(path: string): UserError {
  return new UserError(
    `${path} is no list of settings: it has to have lines such as "batch: 64" (YAML), or be an object (JSON).`,
    2,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
