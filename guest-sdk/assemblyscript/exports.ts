/** What the component model calls beside the step itself. */

import { release } from "./index";

/** Memory for what the host hands over. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (size == 0) return align;
  return old == 0 || oldSize == 0 ? heap.alloc(size) : heap.realloc(old, size);
}

/** After each call; the toolchain exports it once for each function. */
export function cabi_post(answer: usize): void {
  release();
}
