#include <algorithm>
#include <array>

#include "step.h"

namespace {

struct Class {
  uint32_t most_grams;
  step_size_t size;
};

// From the lightest to the heaviest.
constexpr std::array classes{
    Class{2'000, STEP_SIZE_S},
    Class{10'000, STEP_SIZE_M},
    Class{31'500, STEP_SIZE_L},
};

}  // namespace

bool exports_step_parcel_class(uint32_t weight_grams, uint32_t volume_grams, step_class_t *ret,
                               step_refusal_t *err) {
  const uint32_t chargeable = std::max(weight_grams, volume_grams);
  const auto found = std::find_if(classes.begin(), classes.end(), [chargeable](const Class &each) {
    return chargeable <= each.most_grams;
  });
  if (found == classes.end()) {
    const uint32_t limit = classes.back().most_grams;
    err->tag = STEP_REFUSAL_TOO_HEAVY;
    err->val.too_heavy = {.limit_grams = limit, .excess_grams = chargeable - limit};
    return false;
  }
  ret->chargeable_grams = chargeable;
  ret->parcel_class = found->size;
  return true;
}
