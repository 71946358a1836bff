#pragma once

#include <map>
#include <mutex>
#include <string>

#include "ports/catalog_store.h"
#include "testing/failure_injection.h"

namespace marquee::testing {

/// A CatalogStore in a map. Thread-safe.
class FakeCatalogStore final : public CatalogStore, public FailureInjection {
 public:
  Result<std::vector<Movie>> load() const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    std::vector<Movie> movies;
    for (const auto& [id, movie] : movies_) movies.push_back(movie);
    return movies;
  }

  Result<void> upsert(std::span<const Movie> movies) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    ++revision_;
    for (const Movie& movie : movies) {
      const auto [at, is_new] = movies_.try_emplace(movie.id, movie);
      const std::int64_t added_at_ms = at->second.added_at_ms;
      if (is_new) continue;
      at->second = movie;
      at->second.added_at_ms = added_at_ms;
    }
    return {};
  }

  Result<void> hide(const MovieId& id) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    const auto found = movies_.find(id);
    if (found == movies_.end()) {
      return Error{ErrorCode::kNotFound, "there is no film '" + id.value() + "' in the catalogue"};
    }
    found->second.hidden = true;
    ++revision_;
    return {};
  }

  Result<std::string> dataset() const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    return dataset_;
  }

  Result<void> set_dataset(const std::string& name) override {
    MARQUEE_CHECK(before_write());
    const std::lock_guard lock(mutex_);
    dataset_ = name;
    ++revision_;
    return {};
  }

  Result<std::uint64_t> revision() const override {
    MARQUEE_CHECK(before_read());
    const std::lock_guard lock(mutex_);
    return revision_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<MovieId, Movie> movies_;
  std::string dataset_;
  std::uint64_t revision_ = 0;
};

}  // namespace marquee::testing
