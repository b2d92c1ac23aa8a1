import type { TaskState } from './task.js';

/**
 * Restores a state wholly or not at all: where it does not fit, the task is put back to the state that it had.
 *
 * @param task its present state, which costs memory for a copy of it, and what goes on from a state
 * @throws what `load` throws for `state`
 * @internal
 */
export async function restoreWhole(
  task: { state(): Promise<TaskState>; load(state: TaskState): void },
  state: TaskState,
): Promise<void> {
  const before = await task.state();
  try {
    task.load(state);
  } catch (error) {
    task.load(before);
    throw error;
  }
}
