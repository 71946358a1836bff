#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "domain/movie_table.h"
#include "ports/recommendation_cache.h"
#include "settings/settings.h"
#include "telemetry/metrics.h"

namespace marquee::app {

/// L1 as the setting `cache` names it.
struct Cache {
  /// kInvalidArgument for a URI that is none. A Redis that is away is no error: it is found when it
  /// comes. The references must outlive what is returned.
  static Result<Cache> open(const Settings& settings, MovieTable& movies, const Clock& clock,
                            telemetry::Metrics& metrics);

  std::unique_ptr<RecommendationCache> lists;
  std::function<Result<void>()> health;  ///< ok while it is used; else why not
  /// Ok while lists are found in this process; else why each comes from a server.
  std::function<Result<void>()> near_health = [] { return Result<void>(); };
  bool is_shared = false;  ///< with other processes
};

}  // namespace marquee::app
