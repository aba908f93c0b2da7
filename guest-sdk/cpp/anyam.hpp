// For steps in C++: strings in and out.
//
// The types of a step come from its WIT world, as `wit-bindgen` writes them into `step.h`; what is
// here works with the string type of every world.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace anyam {

// The text of a string of the input, for as long as the call lasts.
template <class String>
std::string_view view(const String &text) {
  return {reinterpret_cast<const char *>(text.ptr), text.len};
}

// Puts a text into a string of the answer. The host frees it after the call.
template <class String>
void give(String &to, std::string_view text) {
  to.len = text.size();
  to.ptr = static_cast<std::uint8_t *>(std::malloc(text.size() + 1));
  // Memory that is used up ends the call; the process tries again or raises an incident.
  if (to.ptr == nullptr) std::abort();
  std::memcpy(to.ptr, text.data(), text.size());
}

}  // namespace anyam
