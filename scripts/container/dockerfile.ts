/** A stage of a Dockerfile. */
export interface Stage {
  /** The image that it begins with. */
  from: string;
  /** Its name; null for none. */
  name: string | null;
  instructions: { word: string; rest: string }[];
}

/** What runs in a container of an image. */
export interface RunSettings {
  user: string;
  workdir: string;
  environment: Record<string, string>;
  /** ENTRYPOINT and CMD. */
  command: string[];
  volumes: string[];
}

/** Reads the stages of a Dockerfile: instructions of one line, and comments. @throws Error naming a line before the first stage */
export function readStages(text: string): Stage[] {
  const stages: Stage[] = [];
  for (const line of text.split('\n').filter((each) => /^\s*[^#\s]/.test(each))) {
    const [, word, rest] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line)!;
    if (word === 'FROM') {
      const [from = '', as, name = null] = rest!.split(/\s+/);
      stages.push({ from, name: as?.toUpperCase() === 'AS' ? name : null, instructions: [] });
    } else if (stages.length === 0) throw new Error(`Dockerfile: ${line} stands before FROM.`);
    else stages.at(-1)!.instructions.push({ word: word!, rest: rest! });
  }
  return stages;
}

/** What a stage says of its containers. Variables are set by words NAME=VALUE without spaces. */
export function runSettings({ instructions }: Stage): RunSettings {
  const last = (word: string) => instructions.findLast((each) => each.word === word)?.rest;
  const all = (word: string) => instructions.filter((each) => each.word === word).map(({ rest }) => rest);
  const list = (word: string) => JSON.parse(last(word) ?? '[]') as string[];
  const variables = all('ENV')
    .flatMap((rest) => rest.split(/\s+/))
    .map((each) => each.split('=') as [string, string]);
  return {
    user: last('USER') ?? 'root',
    workdir: last('WORKDIR') ?? '/',
    environment: Object.fromEntries(variables),
    command: [...list('ENTRYPOINT'), ...list('CMD')],
    volumes: all('VOLUME'),
  };
}
