#include "models/initial_vectors.h"

#include <cmath>

#include "base/hash.h"
#include "base/rng.h"

namespace marquee::models {

void draw_initial_vector(std::string_view id, const IalsParameters& parameters,
                         std::span<float> vector) {
  const double stdev =
      double{parameters.init_stdev} / std::sqrt(static_cast<double>(parameters.rank));
  Rng rng(stable_hash(id) ^ Rng(parameters.seed).next());
  for (float& value : vector) value = static_cast<float>(stdev * rng.normal());
}

}  // namespace marquee::models
