import { Answer, text } from "./anyam/index";

/** The cases of `refusal`, in the order of the WIT. */
enum Refusal {
  NoName,
}

/** `{{name}}` of the WIT world: a string comes as its pointer and its length. */
export function {{camelName}}(name: usize, length: usize): usize {
  const who = text(name, length);
  if (who.length == 0) {
    return Answer.err(4).variant(Refusal.NoName).done();
  }
  return Answer.ok(4).text("Hello, " + who + "!").done();
}
