// The form of a postcode, by country.
const FORMS = {
  AT: /^[1-9]\d{3}$/,
  BE: /^[1-9]\d{3}$/,
  CH: /^[1-9]\d{3}$/,
  DE: /^(?!00)\d{5}$/,
  FR: /^(?!00)\d{5}$/,
  GB: /^[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$/,
  NL: /^[1-9]\d{3} [A-Z]{2}$/,
  PL: /^\d{2}-\d{3}$/,
};

/**
 * Whether a postcode has the form of its country; nothing where the country is not known.
 *
 * @param {string} postcode
 * @param {string} country
 * @returns {boolean | undefined}
 */
export function hasForm(postcode, country) {
  return Object.hasOwn(FORMS, country) ? FORMS[country].test(postcode) : undefined;
}

/** The countries whose postcodes are known. */
export const COUNTRIES = Object.keys(FORMS);
