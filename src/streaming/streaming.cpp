// The functions of marquee_streaming.h: what a stranger passes, checked, on the stores of
// PostgreSQL.

#include <memory>
#include <string>

#include <fmt/format.h>

#include "adapters/postgres/catalog_store.h"
#include "adapters/postgres/fold_origin.h"
#include "adapters/postgres/live_feed.h"
#include "adapters/postgres/model_registry.h"
#include "adapters/postgres/profile_store.h"
#include "base/clock.h"
#include "capi/checks.h"
#include "settings/live_tier_options.h"
#include "streaming/arguments.h"
#include "streaming/live_lists.h"
#include "streaming/marquee_streaming.h"
#include "streaming/record_fold.h"
#include "streaming/settings.h"

namespace marquee::streaming {

/// Outlives every stream.
static const Clock& clock() {
  static const SystemClock kClock;
  return kClock;
}

}  // namespace marquee::streaming

struct marquee_stream {
  marquee_stream(std::unique_ptr<marquee::postgres::PostgresDatabase> opened,
                 const marquee::Settings& settings)
      : database(std::move(opened)),
        lists({profiles, catalog, feed, movies, marquee::streaming::clock(), metrics},
              marquee::live_tier_options(settings)) {}

  marquee::MovieTable movies;
  std::unique_ptr<marquee::postgres::PostgresDatabase> database;
  marquee::postgres::PostgresProfileStore profiles{*database, movies};
  marquee::postgres::PostgresFoldOrigin origin{*database};
  marquee::postgres::PostgresModelRegistry models{*database};
  marquee::postgres::PostgresCatalogStore catalog{*database};
  marquee::postgres::PostgresLiveFeed feed{*database};
  marquee::streaming::RecordFold fold{{profiles, profiles, movies, marquee::streaming::clock()}};
  marquee::telemetry::Metrics metrics;
  marquee::streaming::LiveLists lists;
};

namespace marquee::streaming {
namespace {

int stream_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kFailedPrecondition:
      return MARQUEE_STREAM_TAKEN;
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded:
      return MARQUEE_STREAM_UNAVAILABLE;
    case ErrorCode::kDataLoss:
      return MARQUEE_STREAM_DATA_LOSS;
    default:
      return capi::status_of(code);
  }
}

template <typename Body>
int answer_stream(Body body, char* message, std::size_t message_size) {
  return capi::answer(std::move(body), message, message_size, stream_status);
}

Result<void> open(const marquee_settings* settings, marquee_stream** stream) {
  MARQUEE_CHECK(check_given("stream", stream));
  *stream = nullptr;
  MARQUEE_CHECK(check_given("settings", settings));
  MARQUEE_TRY(const auto options, postgres::PostgresOptions::parse(settings->values.state));
  MARQUEE_TRY(auto database, postgres::PostgresDatabase::open(
                                 options, postgres::PostgresDatabase::Mode::kUse, clock()));
  *stream = std::make_unique<marquee_stream>(std::move(database), settings->values).release();
  return {};
}

Result<void> check_log(marquee_stream* stream, const char* cluster_id, const char* topic,
                       std::uint32_t partitions) {
  MARQUEE_CHECK(check_given("stream", stream));
  MARQUEE_CHECK(check_given("cluster_id", cluster_id));
  MARQUEE_CHECK(check_given("topic", topic));
  const LogOrigin here{cluster_id, static_cast<std::int32_t>(partitions), topic};
  MARQUEE_TRY(const auto folded, stream->profiles.totals());
  MARQUEE_TRY(const auto known, stream->origin.origin());
  if (folded.cursor.partitions().empty()) {
    return known == here ? Result<void>() : stream->origin.set_origin(here);
  }
  if (!known || *known == here) return {};
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("the state was folded from topic '{}' of cluster {} with {} partitions, "
                           "this is '{}' of {} with {}: use that one, or fold this one with: "
                           "marquee rebuild",
                           known->topic, known->cluster_id, known->partitions, here.topic,
                           here.cluster_id, here.partitions)};
}

Result<void> claim(marquee_stream* stream, const std::int32_t* raw, std::uint64_t count,
                   std::uint64_t* raw_next) {
  MARQUEE_CHECK(check_given("stream", stream));
  MARQUEE_TRY(const auto partitions, capi::array("partitions", raw, count));
  MARQUEE_TRY(const auto next, capi::array("next", raw_next, count));
  MARQUEE_TRY(const auto positions, stream->fold.claim(partitions));
  for (std::size_t i = 0; i < positions.size(); ++i) next[i] = positions[i].next;
  return {};
}

Result<void> fold(marquee_stream* stream, const marquee_stream_records* records,
                  marquee_stream_counts* counts) {
  MARQUEE_CHECK(check_given("stream", stream));
  MARQUEE_CHECK(check_given("counts", counts));
  MARQUEE_TRY(const auto messages, messages_of(records));
  MARQUEE_TRY(const RecordFold::Counts done, stream->fold.fold(messages));
  *counts = {done.folded.applied, done.folded.deduplicated, done.folded.dead_lettered,
             done.skipped};
  return {};
}

Result<void> current_model(marquee_stream* stream, char* version, std::size_t size) {
  MARQUEE_CHECK(check_given("stream", stream));
  MARQUEE_CHECK(check_given("version", version));
  MARQUEE_TRY(const auto current, stream->models.current());
  return copy_text("version", current ? current->value() : std::string(), version, size);
}

Result<void> set_model(marquee_stream* stream, const marquee_stream_model* given) {
  MARQUEE_CHECK(check_given("stream", stream));
  MARQUEE_TRY(Model model, model_of(given));
  stream->lists.set_model(std::move(model.factors), std::move(model.neighbors));
  return {};
}

Result<void> make_lists(marquee_stream* stream, std::uint64_t* lists) {
  MARQUEE_CHECK(check_given("stream", stream));
  MARQUEE_CHECK(check_given("lists", lists));
  MARQUEE_TRY(*lists, stream->lists.make());
  return {};
}

}  // namespace
}  // namespace marquee::streaming

using marquee::streaming::answer_stream;

std::uint32_t marquee_streaming_abi_version() { return MARQUEE_STREAMING_ABI_VERSION; }

int marquee_stream_open(const marquee_settings* settings, marquee_stream** stream, char* message,
                        std::size_t message_size) {
  return answer_stream([&] { return marquee::streaming::open(settings, stream); }, message,
                       message_size);
}

void marquee_stream_close(marquee_stream* stream) {
  const std::unique_ptr<marquee_stream> ended(stream);
}

int marquee_stream_check_log(marquee_stream* stream, const char* cluster_id, const char* topic,
                             std::uint32_t partitions, char* message, std::size_t message_size) {
  return answer_stream(
      [&] { return marquee::streaming::check_log(stream, cluster_id, topic, partitions); }, message,
      message_size);
}

int marquee_stream_claim(marquee_stream* stream, const std::int32_t* partitions,
                         std::uint64_t count, std::uint64_t* next, char* message,
                         std::size_t message_size) {
  return answer_stream([&] { return marquee::streaming::claim(stream, partitions, count, next); },
                       message, message_size);
}

int marquee_stream_fold(marquee_stream* stream, const marquee_stream_records* records,
                        marquee_stream_counts* counts, char* message, std::size_t message_size) {
  return answer_stream([&] { return marquee::streaming::fold(stream, records, counts); }, message,
                       message_size);
}

int marquee_stream_current_model(marquee_stream* stream, char* version, std::size_t size,
                                 char* message, std::size_t message_size) {
  return answer_stream([&] { return marquee::streaming::current_model(stream, version, size); },
                       message, message_size);
}

int marquee_stream_set_model(marquee_stream* stream, const marquee_stream_model* model,
                             char* message, std::size_t message_size) {
  return answer_stream([&] { return marquee::streaming::set_model(stream, model); }, message,
                       message_size);
}

int marquee_stream_make_lists(marquee_stream* stream, std::uint64_t* lists, char* message,
                              std::size_t message_size) {
  return answer_stream([&] { return marquee::streaming::make_lists(stream, lists); }, message,
                       message_size);
}
