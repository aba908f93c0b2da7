import { Answer, text } from "./anyam/index";

/** The cases of `refusal`, in the order of the WIT. */
enum Refusal {
  BadNumber,
  BadCountry,
}

/** The service indicator of an ordinary parcel. */
const SERVICE = "CP";
const MOST: u32 = 99999999;
/** By what each of the eight digits counts for the check digit. */
const WEIGHTS: StaticArray<u32> = [8, 6, 4, 2, 3, 5, 9, 7];

export function trackingNumber(parcelNumber: u32, country: usize, countryLength: usize): usize {
  const code = text(country, countryLength);
  if (parcelNumber > MOST) return Answer.err(4).variant(Refusal.BadNumber).done();
  if (!isCountry(code)) return Answer.err(4).variant(Refusal.BadCountry).done();
  const digits = parcelNumber.toString().padStart(8, "0");
  return Answer.ok(4).text(SERVICE + digits + checkDigit(digits) + code).done();
}

function checkDigit(digits: string): string {
  let sum: u32 = 0;
  for (let i = 0; i < 8; i++) sum += WEIGHTS[i] * (digits.charCodeAt(i) - 48);
  const rest = 11 - (sum % 11);
  return (rest == 10 ? 0 : rest == 11 ? 5 : rest).toString();
}

function isCountry(code: string): bool {
  return code.length == 2 && isUpper(code.charCodeAt(0)) && isUpper(code.charCodeAt(1));
}

function isUpper(letter: i32): bool {
  return letter >= 65 && letter <= 90;
}
