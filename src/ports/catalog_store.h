#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/movie.h"

namespace marquee {

/// The catalogue at rest; a truth, so every write is on stable storage when it returns.
///
/// Contract: ports/contract/catalog_store_contract.h. Threads: any.
class CatalogStore {
 public:
  CatalogStore() = default;
  CatalogStore(const CatalogStore&) = delete;
  CatalogStore& operator=(const CatalogStore&) = delete;
  virtual ~CatalogStore() = default;

  /// Every film, hidden ones too, in order of id.
  virtual Result<std::vector<Movie>> load() const = 0;
  /// Inserts or replaces; all of `movies` or none. A film that is there keeps its added_at_ms.
  virtual Result<void> upsert(std::span<const Movie> movies) = 0;
  /// Withdraws a film from search and recommendations. kNotFound when there is none.
  virtual Result<void> hide(const MovieId& id) = 0;

  /// Grows with every change, so that another process can see that it has to load again. Stays 0
  /// where a second process cannot write.
  virtual Result<std::uint64_t> revision() const { return std::uint64_t{0}; }

  /// A word on where the films come from ("MovieLens ml-latest-small", "synthetic"); empty at
  /// first.
  virtual Result<std::string> dataset() const = 0;
  virtual Result<void> set_dataset(const std::string& name) = 0;
};

}  // namespace marquee
