#include <string>

#include "anyam.hpp"
#include "step.h"

bool exports_step_{{snake_name}}(step_string_t *name, step_greeting_t *ret, step_refusal_t *err) {
  if (name->len == 0) {
    *err = STEP_REFUSAL_NO_NAME;
    return false;
  }
  anyam::give(ret->greeting, "Hello, " + std::string(anyam::view(*name)) + "!");
  return true;
}
