import assert from "node:assert/strict";
import { test } from "node:test";
import { BpmnError, contextForTest } from "@anyam/sdk";
import { Unreadable, parseAddress } from "../src/address.ts";
import step from "../src/step.ts";

test("an address is taken apart", () => {
  assert.deepEqual(parseAddress("Invalidenstr. 43, 10115 Berlin, DE"), {
    street: "Invalidenstr.",
    houseNumber: "43",
    postcode: "10115",
    city: "Berlin",
    country: "DE",
  });
});

test("house numbers and postcodes have the forms of their country", () => {
  const inGermany = parseAddress("Straße des 17. Juni 135 a, 10623 Berlin, de");
  assert.equal(inGermany.street, "Straße des 17. Juni");
  assert.equal(inGermany.houseNumber, "135 a");
  assert.equal(inGermany.country, "DE");
  const inFrance = parseAddress("55 Rue du Faubourg Saint-Honoré, 75008 Paris, FR");
  assert.deepEqual([inFrance.houseNumber, inFrance.street], ["55", "Rue du Faubourg Saint-Honoré"]);
  const inBritain = parseAddress("10 Downing Street,  SW1A 2AA  London, GB");
  assert.deepEqual([inBritain.postcode, inBritain.city], ["SW1A 2AA", "London"]);
  const inHolland = parseAddress("Dam 1, 1012 JS Amsterdam, NL");
  assert.deepEqual([inHolland.postcode, inHolland.city], ["1012 JS", "Amsterdam"]);
  assert.equal(parseAddress("ul. Prosta 12, 00-838 Warszawa, PL").postcode, "00-838");
});

test("the part that is missing is named", () => {
  const missing: [string, string][] = [
    ["", "addressText"],
    ["Invalidenstr. 43, 10115 Berlin", "addressText"],
    ["Invalidenstr. 43, 10115 Berlin, Germany", "country"],
    ["Invalidenstr. 43, Berlin, DE", "postcode"],
    ["Invalidenstr., 10115 Berlin, DE", "houseNumber"],
    ["43, 10115 Berlin, DE", "houseNumber"],
  ];
  for (const [text, part] of missing) {
    assert.throws(() => parseAddress(text), (error) => error instanceof Unreadable && error.part === part, text);
  }
});

test("a process is told by a BPMN error", () => {
  assert.throws(
    () => step.run(contextForTest(), { addressText: "nowhere" }),
    (error) => error instanceof BpmnError && error.code === "INVALID_ADDRESS",
  );
});
