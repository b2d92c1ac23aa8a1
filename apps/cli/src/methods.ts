import { boot } from '@onestep/boot';
import { diffInstruct } from '@onestep/diff-instruct';
import type { Method } from '@onestep/diffusion-core';
import { sid } from '@onestep/sid';

/** The distillation methods. */
export const METHODS: readonly Method[] = [diffInstruct, sid, boot];
