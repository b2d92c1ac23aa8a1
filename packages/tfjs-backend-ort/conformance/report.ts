/** A message from a process that runs tests to its parent. */
export type Message = { kind: 'spec'; result: SpecResult } | { kind: 'end'; fallbacks: Record<string, number> };

export interface SpecResult {
  /** Unique: repeated names are numbered. */
  name: string;
  passed: boolean;
  /** Why it failed. */
  messages: string[];
}
