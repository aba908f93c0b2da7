#include "step.h"

// A gram for each 5000 cubic millimetres.
#define CUBIC_MM_PER_GRAM 5000u
#define LONGEST_SIDE_MM 3000u

static bool is_carried(uint32_t side_mm) {
  return side_mm > 0 && side_mm <= LONGEST_SIDE_MM;
}

bool exports_step_volume_weight(uint32_t length_mm, uint32_t width_mm, uint32_t height_mm,
                                step_weight_t *ret, step_refusal_t *err) {
  if (!is_carried(length_mm) || !is_carried(width_mm) || !is_carried(height_mm)) {
    *err = STEP_REFUSAL_BAD_SIZE;
    return false;
  }
  // The longest sides give 2.7e10, more than 32 bits hold.
  uint64_t cubic_mm = (uint64_t)length_mm * width_mm * height_mm;
  ret->volume_grams = (uint32_t)((cubic_mm + CUBIC_MM_PER_GRAM - 1) / CUBIC_MM_PER_GRAM);
  return true;
}
