#pragma once

#include <span>
#include <string_view>

#include "models/factor_model.h"

namespace marquee::models {

/// Where training starts for the row of `id`: `vector.size()` numbers of N(0, init_stdev/√rank).
/// They depend on the id and the seed alone, so neither threads, machines nor other rows change
/// them.
void draw_initial_vector(std::string_view id, const IalsParameters& parameters,
                         std::span<float> vector);

}  // namespace marquee::models
