#include "anyam.h"
#include "step.h"

bool exports_step_{{snake_name}}(step_string_t *name, step_greeting_t *ret, step_refusal_t *err) {
  if (name->len == 0) {
    *err = STEP_REFUSAL_NO_NAME;
    return false;
  }
  anyam_format(&ret->greeting, "Hello, %.*s!", ANYAM_TEXT(name));
  return true;
}
