/** What a process that runs tests tells its parent. */
export type Message = { kind: 'spec'; result: SpecResult } | { kind: 'end'; fallbacks: Record<string, number> };

export interface SpecResult {
  /** Unique: a name that occurs again is numbered. */
  name: string;
  passed: boolean;
  /** Why it failed. */
  messages: string[];
}
