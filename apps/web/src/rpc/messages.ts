/** What one call of a worker takes, gives back, and reports on the way. */
export interface Call<Args, Result, Event = never> {
  args: Args;
  result: Result;
  event: Event;
}

export type ToWorker = { id: number; name: string; args: unknown } | { id: number; stop: true };

export type FromWorker =
  | { id: number; event: unknown }
  | { id: number; result: unknown }
  | { id: number; error: { message: string; stopped: boolean } };
