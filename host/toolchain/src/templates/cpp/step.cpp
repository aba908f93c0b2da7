#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "step.h"

namespace {

std::string_view view(const step_string_t *text) {
  return {reinterpret_cast<const char *>(text->ptr), text->len};
}

// Each string of the answer is allocated with malloc; the host frees it after the call.
void give(step_string_t *to, std::string_view text) {
  to->len = text.size();
  to->ptr = static_cast<uint8_t *>(std::malloc(text.size() + 1));
  if (to->ptr == nullptr) std::abort();
  std::memcpy(to->ptr, text.data(), text.size());
}

}  // namespace

bool exports_step_{{snake_name}}(step_string_t *name, step_greeting_t *ret, step_refusal_t *err) {
  if (name->len == 0) {
    *err = STEP_REFUSAL_NO_NAME;
    return false;
  }
  give(&ret->greeting, "Hello, " + std::string(view(name)) + "!");
  return true;
}
