#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"
#include "domain/ids.h"
#include "ports/catalog_store.h"
#include "ports/model_registry.h"

namespace marquee::app {

/// Looks now and then whether another process changed the catalogue or promoted a model, so that
/// this one serves the same. The loads that it asks for run on its thread.
class SharedChanges {
 public:
  struct Ports {
    const CatalogStore& catalog;
    const ModelRegistry& models;
    std::function<Result<void>()> load_catalog;
    std::function<Result<void>()> load_model;
  };
  SharedChanges(Ports ports, std::chrono::milliseconds interval);
  ~SharedChanges();
  SharedChanges(const SharedChanges&) = delete;
  SharedChanges& operator=(const SharedChanges&) = delete;

  /// Looks every interval from now on, on a thread of its own. Call once.
  void start();
  /// One look, for who drives it without start(). Both are looked at, whatever becomes of the
  /// first; a load that failed is tried again the next time. The first look loads nothing: what is
  /// there has been loaded.
  Result<void> look();

 private:
  Result<void> look_at_catalog();
  Result<void> look_at_model();
  void run(const std::stop_token& stop);

  const Ports ports_;
  const std::chrono::milliseconds interval_;
  std::optional<std::uint64_t> revision_;  ///< of the catalogue that is shown
  std::optional<std::optional<ModelVersion>> model_;
  std::mutex sleep_mutex_;
  std::condition_variable_any sleeping_;
  std::jthread thread_;
};

}  // namespace marquee::app
