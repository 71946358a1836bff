#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/embedded/sqlite/connection.h"
#include "base/result.h"

namespace marquee::embedded {

/// What is wrong with a database file.
struct Damage {
  std::string finding;              ///< the first one, in words
  std::vector<std::string> tables;  ///< that are hit, with their indexes; empty: none in particular

  /// Whether folding again (`marquee rebuild`) brings back all that is lost.
  bool folded_only() const;
};

/// Reads every page in use, with its checksum, and every index. None when all is whole.
Result<std::optional<Damage>> find_damage(SqliteConnection& reader);

/// As an error: kDataLoss, naming the file, the place and what to do.
Error damage_error(const std::string& path, const Damage& damage);

}  // namespace marquee::embedded
