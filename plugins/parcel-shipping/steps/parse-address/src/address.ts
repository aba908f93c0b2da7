/** A postal address in its parts. */
export interface Address {
  street: string;
  houseNumber: string;
  postcode: string;
  city: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
}

const COUNTRY = /^[A-Za-z]{2}$/;
// A postcode may have letters and a blank within, as in SW1A 1AA or 1012 WX.
const POSTCODE_AND_CITY = /^((?:[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})|(?:\d{4} [A-Z]{2}(?= ))|(?:\d[\d-]{2,8}\d))\s+(.+)$/;
// The engine of a step knows no classes such as \p{L}; what is no digit will do as a letter.
const STREET_AND_NUMBER = /^(.*[^\d\s].*?)\s+(\d+\s?[a-z]?(?:[-/]\d+\s?[a-z]?)?)$/i;
const NUMBER_AND_STREET = /^(\d+[a-z]?)\s+(.*[^\d\s].*)$/i;

/** Why a text is no address: the part that is missing or wrong. */
export class Unreadable extends Error {
  readonly part: string;

  constructor(part: string, message: string) {
    super(message);
    this.part = part;
  }
}

/** Reads `street and house number, postcode city, country`. */
export function parseAddress(text: string): Address {
  const parts = text.split(",").map((part) => part.trim().replace(/\s+/g, " "));
  const [line, place, country] = parts;
  if (parts.length !== 3 || !line || !place || !country) {
    throw new Unreadable("addressText", "an address has three parts: street, postcode and city, country");
  }
  if (!COUNTRY.test(country)) {
    throw new Unreadable("country", `"${country}" is no country code of two letters`);
  }
  const [, postcode, city] = POSTCODE_AND_CITY.exec(place) ?? [];
  if (!postcode || !city) {
    throw new Unreadable("postcode", `"${place}" does not begin with a postcode`);
  }
  return { ...parseLine(line), postcode, city, country: country.toUpperCase() };
}

function parseLine(line: string): Pick<Address, "street" | "houseNumber"> {
  const [, street, houseNumber] = STREET_AND_NUMBER.exec(line) ?? [];
  if (street && houseNumber) return { street, houseNumber };
  const [, number, name] = NUMBER_AND_STREET.exec(line) ?? [];
  if (number && name) return { street: name, houseNumber: number };
  throw new Unreadable("houseNumber", `"${line}" has no house number`);
}
