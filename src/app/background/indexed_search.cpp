#include "app/background/indexed_search.h"

#include <utility>

#include <fmt/format.h>

#include "base/thread_role.h"
#include "batch/factor_generation.h"
#include "retrieval/vector_recall.h"
#include "telemetry/log.h"

namespace marquee::app {
namespace {

constexpr std::chrono::milliseconds kInterval{100};  // a breaker opens without telling anybody
constexpr std::chrono::minutes kMeasureEvery{10};
constexpr std::chrono::seconds kMeasureAgain{5};  // where a busy server did not let it
constexpr std::size_t kRecallAt = 100;
constexpr std::size_t kRecallQueries = 20;

CircuitBreaker::Options preparing_options() {
  CircuitBreaker::Options options;
  options.failures_to_open = 1;
  options.backoff_min = std::chrono::milliseconds(500);
  options.backoff_max = std::chrono::milliseconds(10'000);
  return options;
}

}  // namespace

IndexedSearch::IndexedSearch(Ports ports)
    : ports_(std::move(ports)),
      gate_(ports_.clock, ports_.metrics),
      preparing_(ports_.clock, preparing_options()) {}

std::shared_ptr<const VectorSearch> IndexedSearch::search_of(
    const serving::Generation& generation) {
  auto search = std::make_shared<retrieval::FallbackSearch>(generation.model, generation.search,
                                                            generation.row_of_key, gate_);
  auto index = ports_.open(generation.model->version());
  const auto why_not = index.ok() ? std::nullopt : std::optional(index.error());
  if (!why_not) {
    search->use(std::move(index).value());
  } else {
    telemetry::log(telemetry::Level::kWarning, "retrieval",
                   "lists come from the own sweep until this process has written the vectors: " +
                       why_not->message);
  }
  const std::lock_guard lock(mutex_);
  newest_ = search;
  not_prepared_ = why_not;
  measure_now_ = true;
  return search;
}

std::shared_ptr<retrieval::FallbackSearch> IndexedSearch::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

void IndexedSearch::look() {
  const auto search = newest();
  if (!search) return;
  if (search->index() == nullptr) return prepare(*search);
  if (auto permit = gate_.probe()) return probe(*search, *std::move(permit));
  if (!gate_.health().ok()) return;
  const auto now = ports_.clock.steady();
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(measure_now_, false) && measured_ && now - *measured_ < kMeasureEvery)
      return;
  }
  measured_ = now;
  measure(*search);
}

void IndexedSearch::prepare(retrieval::FallbackSearch& search) {
  auto permit = preparing_.acquire();
  if (!permit) return;
  const Result<void> prepared = write_and_open(search);
  const std::string& version = search.model().version().value();
  if (prepared.ok()) {
    permit->succeeded();
    telemetry::log(telemetry::Level::kInfo, "retrieval",
                   "the vectors of " + version + " are written: searches go to pgvector");
  } else {
    permit->failed();
  }
  const std::lock_guard lock(mutex_);
  if (newest_.get() != &search) return;
  not_prepared_ = prepared.ok() ? std::nullopt : std::optional(prepared.error());
}

/// Of several processes that do this at once the first writes, and the others find it there.
Result<void> IndexedSearch::write_and_open(retrieval::FallbackSearch& search) {
  MARQUEE_CHECK(
      batch::write_factors(search.model(), ports_.factors, FactorStore::IfPresent::kKeep));
  MARQUEE_TRY(auto index, ports_.open(search.model().version()));
  search.use(std::move(index));
  return {};
}

void IndexedSearch::probe(const retrieval::FallbackSearch& search, CircuitBreaker::Permit permit) {
  const auto queries = retrieval::sample_queries(search.model(), 1);
  if (queries.empty()) return permit.succeeded();
  const auto found = search.index()->search(queries.front(), kRecallAt, {});
  if (found.ok()) return permit.succeeded();
  gate_.note(found.error());
  permit.failed();
}

/// A failure is no word on the server: requests tell that.
void IndexedSearch::measure(const retrieval::FallbackSearch& search) {
  const auto queries = retrieval::sample_queries(search.model(), kRecallQueries);
  if (queries.empty()) return;
  const auto report = retrieval::recall_at(kRecallAt, *search.index(), search.sweep(), queries);
  if (report.ok()) return gate_.set_recall(report->recall);
  measured_ = ports_.clock.steady() - kMeasureEvery + kMeasureAgain;
}

Result<void> IndexedSearch::health() const {
  {
    const std::lock_guard lock(mutex_);
    if (not_prepared_) return not_prepared_->with_context("candidates come from the own sweep");
  }
  return gate_.health();
}

void IndexedSearch::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void IndexedSearch::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void IndexedSearch::run(const std::stop_token& stop) {
  take_role("retrieval", ThreadRole::kBackground);
  while (!stop.stop_requested()) {
    look();
    std::unique_lock lock(sleep_mutex_);
    sleeping_.wait_for(lock, stop, kInterval, [] { return false; });
  }
}

}  // namespace marquee::app
