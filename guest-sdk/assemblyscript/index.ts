/**
 * The canonical ABI of the component model for steps in AssemblyScript.
 *
 * A step exports the function of its WIT world under its name in camelCase. Numbers and booleans
 * come as parameters of their own type, a string as two: its pointer and its length. The answer is
 * the pointer of an `Answer`, or the value itself where WIT gives a plain number.
 */

/** The text of a string parameter. Its memory is freed: take each once. */
export function text(pointer: usize, length: usize): string {
  const text = String.UTF8.decodeUnsafe(pointer, length);
  heap.free(pointer);
  return text;
}

/** What the host frees after the call. */
const kept: usize[] = [];

/** Frees what answers of the last call took. */
export function release(): void {
  while (kept.length > 0) heap.free(kept.pop());
}

/**
 * Writes a value as the component model lays it out: fields in the order of the WIT, each aligned
 * to its size.
 *
 * ```
 * // result<record { cents: u32, label: string }, enum { too-heavy }>
 * return Answer.ok(4).u32(250).text("S").done();
 * return Answer.err(4).variant(Refusal.TooHeavy).done();
 * ```
 */
export class Answer {
  private start: usize = 0;
  private used: usize = 0;
  private size: usize = 0;

  /** The `ok` of a `result`; `align` is the largest alignment of either payload's fields. */
  static ok(align: usize): Answer {
    return new Answer().u8(0).align(align);
  }

  /** The `err` of a `result`; `align` is the largest alignment of either payload's fields. */
  static err(align: usize): Answer {
    return new Answer().u8(1).align(align);
  }

  /** The next field begins at a multiple of `align`. */
  align(align: usize): Answer {
    this.used = (this.used + align - 1) & ~(align - 1);
    return this;
  }

  bool(value: bool): Answer {
    return this.u8(value ? 1 : 0);
  }

  u8(value: u8): Answer {
    store<u8>(this.room(1), value);
    return this;
  }

  /** The case of an enum, or of a variant before its payload; of at most 256 cases. */
  variant(value: i32): Answer {
    return this.u8(<u8>value);
  }

  u16(value: u16): Answer {
    store<u16>(this.room(2), value);
    return this;
  }

  u32(value: u32): Answer {
    store<u32>(this.room(4), value);
    return this;
  }

  u64(value: u64): Answer {
    store<u64>(this.room(8), value);
    return this;
  }

  s32(value: i32): Answer {
    return this.u32(<u32>value);
  }

  s64(value: i64): Answer {
    return this.u64(<u64>value);
  }

  f64(value: f64): Answer {
    store<f64>(this.room(8), value);
    return this;
  }

  /** A string. */
  text(value: string): Answer {
    const length = String.UTF8.byteLength(value);
    const bytes = heap.alloc(length + 1);
    kept.push(bytes);
    String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, bytes);
    return this.u32(<u32>bytes).u32(<u32>length);
  }

  /** The answer's pointer: what the exported function returns. */
  done(): usize {
    kept.push(this.start);
    return this.start;
  }

  private room(bytes: usize): usize {
    this.align(bytes);
    const end = this.used + bytes;
    if (end > this.size) {
      // Half-filled payloads are read to their end: the rest of the area is zero.
      const size = (end + 63) & ~63;
      const start = heap.alloc(size);
      memory.fill(start, 0, size);
      if (this.size > 0) {
        memory.copy(start, this.start, this.size);
        heap.free(this.start);
      }
      this.start = start;
      this.size = size;
    }
    const place = this.start + this.used;
    this.used = end;
    return place;
  }
}
