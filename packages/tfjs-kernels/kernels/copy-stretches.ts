/** Elements are of 4 bytes; steps count elements. */
export function copyStretches(from: usize, fromStep: i32, to: usize, toStep: i32, count: i32, length: i32): void {
  const bytes = (<usize>length) << 2;
  const whole = bytes & ~15;
  for (let i = 0; i < count; i++) {
    let at: usize = 0;
    for (; at < whole; at += 16) v128.store(to + at, v128.load(from + at));
    for (; at < bytes; at += 4) store<i32>(to + at, load<i32>(from + at));
    from += (<usize>fromStep) << 2;
    to += (<usize>toStep) << 2;
  }
}
