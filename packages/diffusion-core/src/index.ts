export type { Conditions, Denoiser, DenoiserNetwork } from './denoiser.js';
export type { DistillationMethod } from './distillation-method.js';
export type { Generator } from './generator.js';
export { DenoiserGenerator } from './generators/denoiser-generator.js';
export type { NetworkSnapshot, StepStats, TaskState, TrainingTask } from './training/task.js';
