// For steps in C: strings of the answer.
//
// The types of a step come from its WIT world, as `wit-bindgen` writes them into `step.h`; what is
// here works with the string type of every world.
#ifndef ANYAM_H
#define ANYAM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// Formats a string of the answer as printf does. The host frees it after the call.
//
//     anyam_format(&ret->greeting, "Hello, %.*s!", ANYAM_TEXT(name));
#define anyam_format(string, ...) anyam_format_into(&(string)->ptr, &(string)->len, __VA_ARGS__)

// The two arguments of a `%.*s` for a string.
#define ANYAM_TEXT(string) (int)(string)->len, (const char *)(string)->ptr

__attribute__((format(printf, 3, 4))) static inline void
anyam_format_into(uint8_t **text, size_t *length, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int needed = vsnprintf(NULL, 0, format, arguments);
  // Memory that is used up ends the call; the process tries again or raises an incident.
  char *bytes = needed < 0 ? NULL : malloc((size_t)needed + 1);
  if (bytes == NULL) abort();
  vsnprintf(bytes, (size_t)needed + 1, format, again);
  va_end(again);
  va_end(arguments);
  *text = (uint8_t *)bytes;
  *length = (size_t)needed;
}

#endif
