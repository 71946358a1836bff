// The functions of marquee_streaming.h: what a stranger passes, checked, on the stores of
// PostgreSQL.

#include <limits>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "adapters/postgres/fold_origin.h"
#include "adapters/postgres/profile_store.h"
#include "base/clock.h"
#include "capi/checks.h"
#include "streaming/marquee_streaming.h"
#include "streaming/record_fold.h"

namespace marquee::streaming {

/// Outlives every stream.
static const Clock& clock() {
  static const SystemClock kClock;
  return kClock;
}

}  // namespace marquee::streaming

struct marquee_stream {
  explicit marquee_stream(std::unique_ptr<marquee::postgres::PostgresDatabase> opened)
      : database(std::move(opened)) {}

  marquee::MovieTable movies;
  std::unique_ptr<marquee::postgres::PostgresDatabase> database;
  marquee::postgres::PostgresProfileStore profiles{*database, movies};
  marquee::postgres::PostgresFoldOrigin origin{*database};
  marquee::streaming::RecordFold fold{{profiles, profiles, movies, marquee::streaming::clock()}};
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

Result<void> check_given(std::string_view name, const void* pointer) {
  if (pointer != nullptr) return {};
  return Error{ErrorCode::kInvalidArgument, fmt::format("{} is null", name)};
}

Result<void> open(const char* state, marquee_stream** stream) {
  MARQUEE_CHECK(check_given("stream", stream));
  *stream = nullptr;
  MARQUEE_CHECK(check_given("state", state));
  MARQUEE_TRY(const auto options, postgres::PostgresOptions::parse(state));
  MARQUEE_TRY(auto database, postgres::PostgresDatabase::open(
                                 options, postgres::PostgresDatabase::Mode::kUse, clock()));
  *stream = std::make_unique<marquee_stream>(std::move(database)).release();
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

/// Checked texts; text(r) of rows below what was asked for.
struct Texts {
  std::span<const char> bytes;
  std::span<const std::uint64_t> starts;

  std::string_view text(std::uint64_t row) const {
    return {bytes.data() + starts[row], static_cast<std::size_t>(starts[row + 1] - starts[row])};
  }
};

Result<Texts> texts_of(std::string_view name, const marquee_texts& raw, std::uint64_t rows) {
  const std::string starts_name = fmt::format("{}.starts", name);
  MARQUEE_TRY(const auto starts, capi::array(starts_name, raw.starts, rows + 1));
  const Result<void> ascend = capi::check_starts(starts);
  if (!ascend.ok()) return ascend.error().with_context(name);
  MARQUEE_TRY(const auto bytes, capi::array(name, raw.bytes, starts.back()));
  return Texts{bytes, starts};
}

Result<std::vector<kafka::StoredMessage>> messages_of(const marquee_stream_records& records) {
  std::vector<kafka::StoredMessage> messages;
  const std::uint64_t rows = records.rows;
  if (rows == 0) return messages;
  if (rows == std::numeric_limits<std::uint64_t>::max()) {
    return Error{ErrorCode::kInvalidArgument, "records.rows is out of range"};
  }
  MARQUEE_TRY(const auto partitions, capi::array("records.partitions", records.partitions, rows));
  MARQUEE_TRY(const auto offsets, capi::array("records.offsets", records.offsets, rows));
  MARQUEE_TRY(const auto keys, texts_of("records.keys", records.keys, rows));
  MARQUEE_TRY(const auto values, texts_of("records.values", records.values, rows));
  MARQUEE_TRY(const auto prints, texts_of("records.fingerprints", records.fingerprints, rows));
  MARQUEE_TRY(const auto has_print,
              capi::array("records.has_fingerprint", records.has_fingerprint, rows));
  messages.resize(rows);
  for (std::uint64_t row = 0; row < rows; ++row) {
    kafka::StoredMessage& message = messages[row];
    message.offset = {partitions[row], offsets[row]};
    message.key = keys.text(row);
    message.value = values.text(row);
    message.value_bytes =
        records.value_bytes == nullptr ? message.value.size() : records.value_bytes[row];
    if (has_print[row] != 0) message.fingerprint = prints.text(row);
  }
  return messages;
}

Result<void> fold(marquee_stream* stream, const marquee_stream_records* records,
                  marquee_stream_counts* counts) {
  MARQUEE_CHECK(check_given("stream", stream));
  MARQUEE_CHECK(check_given("records", records));
  MARQUEE_CHECK(check_given("counts", counts));
  if (records->struct_size != sizeof(marquee_stream_records)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("records.struct_size is {}, this library knows {}: compile for its "
                             "header",
                             records->struct_size, sizeof(marquee_stream_records))};
  }
  MARQUEE_TRY(const auto messages, messages_of(*records));
  MARQUEE_TRY(const RecordFold::Counts done, stream->fold.fold(messages));
  *counts = {done.folded.applied, done.folded.deduplicated, done.folded.dead_lettered,
             done.skipped};
  return {};
}

}  // namespace
}  // namespace marquee::streaming

using marquee::streaming::answer_stream;

std::uint32_t marquee_streaming_abi_version() { return MARQUEE_STREAMING_ABI_VERSION; }

int marquee_stream_open(const char* state, marquee_stream** stream, char* message,
                        std::size_t message_size) {
  return answer_stream([&] { return marquee::streaming::open(state, stream); }, message,
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
