#pragma once

#include <cstdint>

#include "adapters/embedded/sqlite/database.h"
#include "base/result.h"

namespace marquee::embedded {

/// Numbers by which `marquee doctor` judges what the database holds.
struct StoreSurvey {
  std::uint64_t viewers = 0;
  std::uint64_t films = 0;  ///< that are not hidden
  std::uint64_t films_without_genres = 0;
  std::uint64_t films_without_year = 0;
  std::uint64_t events = 0;         ///< applied, imported history included
  std::uint64_t films_unknown = 0;  ///< of events, without an entry in the catalogue
  std::uint64_t dead_letters = 0;
};

/// Counts on one snapshot. Reads every applied event: seconds on 20 million.
Result<StoreSurvey> survey_stores(const SqliteDatabase& database);

}  // namespace marquee::embedded
