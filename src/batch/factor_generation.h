#pragma once

#include "base/result.h"
#include "models/factor_model.h"
#include "ports/factor_store.h"

namespace marquee::batch {

/// Puts the item vectors of `model` into `store` as its generation.
Result<void> write_factors(const models::FactorModel& model, FactorStore& store,
                           FactorStore::IfPresent if_present);

}  // namespace marquee::batch
