#include "batch/factor_generation.h"

#include <utility>

namespace marquee::batch {

Result<void> write_factors(const models::FactorModel& model, FactorStore& store,
                           FactorStore::IfPresent if_present) {
  using Film = std::pair<MovieId, std::vector<float>>;
  const models::FactorTable& items = model.items();
  std::size_t next = 0;
  const auto written = store.write(
      model.version(), model.k(),
      [&]() -> Result<std::optional<Film>> {
        if (next == items.rows()) return std::optional<Film>();
        const auto vector = items.row(next);
        Film film(MovieId(items.ids[next++]), {vector.begin(), vector.end()});
        return std::optional(std::move(film));
      },
      if_present);
  if (written.ok()) return {};
  return written.error().with_context("writing the vectors of " + model.version().value());
}

}  // namespace marquee::batch
