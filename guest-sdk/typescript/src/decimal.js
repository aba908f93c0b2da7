// Exact decimal numbers. A JavaScript number holds about 16 digits; a JSON number any count.

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Bounds the memory that computing with one number may take. */
const MOST_DIGITS = 10_000;

/** A decimal number of any length: `units` divided by ten to the power of `places`. */
export class Decimal {
  #units;
  #places;

  /** @param {string | number | bigint | Decimal} value */
  constructor(value) {
    if (value instanceof Decimal) {
      this.#units = value.#units;
      this.#places = value.#places;
      return;
    }
    const parts = NUMBER.exec(String(value));
    if (parts === null) throw new RangeError(`${JSON.stringify(String(value))} is no decimal number`);
    const [, sign, whole, fraction = "", exponent = "0"] = parts;
    const places = fraction.length - Number(exponent);
    if (whole.length + fraction.length > MOST_DIGITS || Math.abs(places) > MOST_DIGITS) {
      throw new RangeError(`a decimal number may have at most ${MOST_DIGITS} digits`);
    }
    const units = BigInt(sign + whole + fraction);
    this.#units = places < 0 ? units * power(-places) : units;
    this.#places = Math.max(places, 0);
  }

  static #made(units, places) {
    if (places > MOST_DIGITS) {
      throw new RangeError(`a decimal number may have at most ${MOST_DIGITS} digits`);
    }
    const made = new Decimal(0);
    made.#units = units;
    made.#places = places;
    return made;
  }

  #at(places) {
    return this.#units * power(places - this.#places);
  }

  plus(other) {
    const that = new Decimal(other);
    const places = Math.max(this.#places, that.#places);
    return Decimal.#made(this.#at(places) + that.#at(places), places);
  }

  minus(other) {
    const that = new Decimal(other);
    const places = Math.max(this.#places, that.#places);
    return Decimal.#made(this.#at(places) - that.#at(places), places);
  }

  times(other) {
    const that = new Decimal(other);
    return Decimal.#made(this.#units * that.#units, this.#places + that.#places);
  }

  compare(other) {
    const that = new Decimal(other);
    const places = Math.max(this.#places, that.#places);
    const [a, b] = [this.#at(places), that.#at(places)];
    return a < b ? -1 : a > b ? 1 : 0;
  }

  round(places) {
    if (!Number.isInteger(places) || places < 0 || places > MOST_DIGITS) {
      throw new RangeError(`${places} is no count of decimal places`);
    }
    if (places >= this.#places) return Decimal.#made(this.#at(places), places);
    const unit = power(this.#places - places);
    const size = this.#units < 0n ? -this.#units : this.#units;
    const rounded = (size + unit / 2n) / unit;
    return Decimal.#made(this.#units < 0n ? -rounded : rounded, places);
  }

  /** Throws where a JavaScript number would have another value. */
  toNumber() {
    const number = Number(this.toString());
    if (!Number.isFinite(number) || new Decimal(number).compare(this) !== 0) {
      throw new RangeError(`${this} has more digits than a JavaScript number holds`);
    }
    return number;
  }

  toString() {
    const negative = this.#units < 0n;
    const digits = (negative ? -this.#units : this.#units).toString().padStart(this.#places + 1, "0");
    const cut = digits.length - this.#places;
    const fraction = this.#places > 0 ? `.${digits.slice(cut)}` : "";
    return `${negative ? "-" : ""}${digits.slice(0, cut)}${fraction}`;
  }
}

function power(exponent) {
  return 10n ** BigInt(exponent);
}
