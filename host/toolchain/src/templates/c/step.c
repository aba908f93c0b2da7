#include <stdlib.h>
#include <string.h>

#include "step.h"

// Each string of the answer is allocated with malloc; the host frees it after the call.
bool exports_step_{{snake_name}}(step_string_t *name, step_greeting_t *ret, step_refusal_t *err) {
  if (name->len == 0) {
    *err = STEP_REFUSAL_NO_NAME;
    return false;
  }
  static const char before[] = "Hello, ";
  static const char after[] = "!";
  size_t length = sizeof before - 1 + name->len + sizeof after - 1;
  uint8_t *text = malloc(length);
  if (text == NULL) {
    abort();
  }
  uint8_t *end = text;
  memcpy(end, before, sizeof before - 1);
  end += sizeof before - 1;
  memcpy(end, name->ptr, name->len);
  end += name->len;
  memcpy(end, after, sizeof after - 1);
  ret->greeting.ptr = text;
  ret->greeting.len = length;
  return true;
}
