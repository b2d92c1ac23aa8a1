import { isDeepStrictEqual } from 'node:util';
import type { Command, Option } from 'commander';
import { fullName, settableOptions, settingName } from './config-arguments.js';

type Schema = Record<string, unknown>;

/** Texts that the parser of an option is asked about: what it takes of them tells the types of its values. */
const NUMBERS = ['1', '2', '16', '100', '0', '0.01', '0.5', '1.5', '-0.5'];
const LISTS = ['1,2', '0.05,0.1', '16,8', 'fid50k_full,is50k', 'ddim,heun', 'sid,boot'];

/**
 * The JSON schema of files for `--config`, from the options of the commands: one definition for each command, chosen by the
 * file's own `command`. Options that several commands share are there once.
 *
 * @param program with all its commands
 */
export function configSchema(program: Command): Schema {
  const shared = new Map<string, Schema[]>();
  const refer = (option: Option): Schema => {
    const name = settingName(option);
    const schema = optionSchema(option);
    const known = shared.get(name) ?? [];
    shared.set(name, known);
    const found = known.findIndex((each) => isDeepStrictEqual(each, schema));
    const index = found === -1 ? known.push(schema) - 1 : found;
    return { $ref: `#/$defs/${definitionName(name, index)}` };
  };
  const commands = withConfig(program).map((command) => {
    const options = settableOptions(command).map((option) => [settingName(option), refer(option)]);
    const properties = { $schema: true, command: true, ...(Object.fromEntries(options) as Schema) };
    return [fullName(command), { type: 'object', properties, additionalProperties: false }] as const;
  });
  const definitions = [...shared].flatMap(([name, schemas]) =>
    schemas.map((schema, index) => [definitionName(name, index), schema] as const),
  );
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Settings of onestep, for --config',
    type: 'object',
    required: ['command'],
    properties: {
      command: { enum: commands.map(([name]) => name), description: 'the command that the settings are for' },
    },
    allOf: commands.map(([name]) => ({
      if: { properties: { command: { const: name } }, required: ['command'] },
      then: { $ref: `#/$defs/${commandName(name)}` },
    })),
    $defs: Object.fromEntries([
      ...commands.map(([name, schema]) => [commandName(name), schema] as const),
      ...definitions,
    ]),
  };
}

const commandName = (name: string): string => `onestep ${name}`.replaceAll(' ', '-');
const definitionName = (option: string, index: number): string => (index === 0 ? option : `${option}.${index + 1}`);

/** The commands that take `--config`. */
function withConfig(command: Command): Command[] {
  if (command.commands.length > 0) return command.commands.flatMap(withConfig);
  return command.options.some(({ long }) => long === '--config') ? [command] : [];
}

function optionSchema(option: Option): Schema {
  const { description, defaultValue: value } = option;
  const isPlain = ['string', 'number', 'boolean'].includes(typeof value) && Number.isFinite(Number(value) || 0);
  // A path of this machine is no default of the schema.
  const stated = isPlain && !/^[/\\]|^[A-Z]:/.test(String(value)) ? { default: value } : {};
  return { description, ...typeOf(option), ...stated };
}

function typeOf(option: Option): Schema {
  const { argChoices, parseArg, required, optional, variadic } = option;
  if (!required && !optional) return { type: 'boolean' };
  if (argChoices !== undefined) return { enum: argChoices };
  const text = { type: ['string', 'number'] };
  if (variadic) return { oneOf: [text, { type: 'array', items: text }] };
  if (parseArg === undefined) return text;
  const takes = (typed: string): unknown => {
    try {
      return parseArg(typed, undefined);
    } catch {
      return undefined;
    }
  };
  if (takes('true') === true) {
    const hasWords = ['text', 'labels'].some((word) => takes(word) !== undefined);
    return { type: hasWords ? ['boolean', 'string'] : 'boolean' };
  }
  if (LISTS.some((list) => Array.isArray(takes(list)))) return { type: ['array', 'string', 'number'] };
  const numbers = NUMBERS.filter((typed) => takes(typed) === Number(typed));
  if (numbers.length === 0) return text;
  return { type: numbers.every((typed) => Number.isInteger(Number(typed))) ? 'integer' : 'number' };
}
