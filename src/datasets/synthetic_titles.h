#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/rng.h"

namespace marquee::datasets {

/// Invents film titles that sound like their genre, no two alike. Not thread-safe.
class TitleMaker {
 public:
  explicit TitleMaker(Rng rng) : rng_(rng) {}

  /// A new title; `genre` is a name from kSyntheticGenres.
  std::string title(std::string_view genre);
  /// The title of part `part` (2, 3, …) of the series that began with `first`.
  std::string sequel(const std::string& first, int part);

 private:
  std::string draft(std::string_view genre);
  std::string unique(std::string title);

  Rng rng_;
  std::unordered_map<std::string, int> taken_;  ///< and how often each was drafted
};

}  // namespace marquee::datasets
