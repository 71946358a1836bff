#include "adapters/kafka/partition_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "adapters/kafka/client_config.h"
#include "adapters/kafka/event_message.h"

namespace marquee::kafka {
namespace {

std::string_view view_of(const void* bytes, std::size_t size) {
  return bytes == nullptr ? std::string_view{}
                          : std::string_view(static_cast<const char*>(bytes), size);
}

StoredMessage stored_message(const rd_kafka_message_t& message) {
  StoredMessage stored;
  stored.offset = {message.partition, static_cast<std::uint64_t>(message.offset)};
  stored.key = view_of(message.key, message.key_len);
  stored.value = view_of(message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  const void* text = nullptr;
  std::size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
      rd_kafka_header_get_last(headers, kFingerprintHeader, &text, &size) ==
          RD_KAFKA_RESP_ERR_NO_ERROR) {
    stored.fingerprint = view_of(text, size);
  }
  return stored;
}

}  // namespace

Result<std::unique_ptr<PartitionReader>> PartitionReader::open(const KafkaOptions& options,
                                                               TopicEnds& ends) {
  ClientConfig config(options);
  config.set("auto.offset.reset", "error").set("isolation.level", "read_committed");
  config.set("enable.partition.eof", "true").set("check.crcs", "true");
  // A record is handed out as soon as it is there; what is fetched ahead stays small.
  config.set("fetch.min.bytes", "1").set("fetch.wait.max.ms", "500");
  config.set("fetch.error.backoff.ms", "50");
  config.set("queued.min.messages", "10000").set("queued.max.messages.kbytes", "8192");
  MARQUEE_TRY(Client client, std::move(config).make_consumer(options.group + "-readers"));
  rd_kafka_poll_set_consumer(client.get());
  return std::unique_ptr<PartitionReader>(
      new PartitionReader(options, std::move(client), ends));  // NOLINT: private constructor
}

PartitionReader::PartitionReader(KafkaOptions options, Client client, TopicEnds& ends)
    : options_(std::move(options)), client_(std::move(client)), ends_(ends) {}

Result<void> PartitionReader::move_to(std::span<const std::int32_t> partitions,
                                      const Cursor& from) {
  partitions_.clear();
  const PartitionList list = partition_list(options_.topic, partitions);
  for (int i = 0; i < list->cnt; ++i) {
    list->elems[i].offset = static_cast<std::int64_t>(from.next(list->elems[i].partition));
  }
  const auto code = rd_kafka_assign(client_.get(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code, options_.to_string());
  for (const std::int32_t partition : partitions) {
    partitions_[partition].next = from.next(partition);
  }
  return {};
}

bool PartitionReader::stands_at(std::span<const std::int32_t> partitions,
                                const Cursor& from) const {
  return partitions.size() == partitions_.size() &&
         std::all_of(partitions.begin(), partitions.end(), [&](std::int32_t partition) {
           const auto found = partitions_.find(partition);
           return found != partitions_.end() && found->second.next == from.next(partition);
         });
}

bool PartitionReader::may_move_on(std::span<const std::int32_t> partitions) const {
  const auto known = [this](std::int32_t partition) { return partitions_.contains(partition); };
  return partitions_.empty() || (partitions.size() == partitions_.size() &&
                                 std::all_of(partitions.begin(), partitions.end(), known));
}

/// A partition whose end lies behind its position owes a record, or the word that there is none.
bool PartitionReader::note_awaited() {
  for (auto& [partition, progress] : partitions_) {
    progress.awaiting = progress.next < ends_.known_end(partition);
  }
  return is_awaiting();
}

bool PartitionReader::is_awaiting() const {
  return std::any_of(partitions_.begin(), partitions_.end(),
                     [](const auto& one) { return one.second.awaiting; });
}

/// How long what is awaited may take. When the brokers have named an end since, it is one more
/// fetch: longer is missing only what an open transaction of another program hides.
std::chrono::milliseconds PartitionReader::patience() const {
  auto longest = std::chrono::milliseconds(0);
  for (const auto& [partition, progress] : partitions_) {
    if (progress.awaiting) longest = std::max(longest, progress.heard ? kFetchAgainMax : kFetchMax);
  }
  return longest;
}

Result<LogBatch> PartitionReader::read(const Cursor& from, std::size_t events_max,
                                       std::chrono::milliseconds wait) {
  LogBatch batch{{}, from};
  if (events_max == 0) return batch;
  const TimePoint begun = std::chrono::steady_clock::now();
  Result<void> taken;
  note_awaited();
  while (taken.ok() && batch.records.size() < events_max) {
    auto left = std::chrono::milliseconds(0);
    if (batch.records.empty()) {
      const TimePoint until = begun + std::max(wait, patience());
      left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      left = std::max(left, std::chrono::milliseconds(0));
    }
    const Message message(rd_kafka_consumer_poll(client_.get(), static_cast<int>(left.count())));
    if (message != nullptr) {
      taken = take(*message, batch.records);
    } else if (left.count() == 0) {
      break;
    }
  }
  if (taken.ok() && batch.records.empty() && is_awaiting()) taken = explain_silence();
  for (const auto& [partition, progress] : partitions_) {
    batch.next.set_next(partition, progress.next);
  }
  if (!taken.ok()) partitions_.clear();
  // What came before the error is handed out; the next read meets it again.
  if (!taken.ok() && batch.records.empty()) return std::move(taken).error();
  return batch;
}

Result<void> PartitionReader::take(const rd_kafka_message_t& message,
                                   std::vector<LogRecord>& records) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR &&
      message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    return fail(message);
  }
  const auto found = partitions_.find(message.partition);
  if (found == partitions_.end()) return {};
  Progress& progress = found->second;
  const auto offset = static_cast<std::uint64_t>(message.offset);
  progress.heard = true;
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    progress.next = std::max(progress.next, offset);
    // The end may be that of a fetch from before the records that are awaited.
    progress.awaiting = progress.next < ends_.known_end(message.partition);
  } else {
    records.push_back(decode_message(stored_message(message)));
    progress.next = offset + 1;
    progress.awaiting = false;
  }
  ends_.note_end(message.partition, progress.next);
  return {};
}

/// An error that the consumer reports. Lost connections are librdkafka's to mend.
Result<void> PartitionReader::fail(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
      message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    const bool answered = ends_.refresh(TopicEnds::kAnswerTimeout).ok();
    if (answered && is_inside(message.partition)) return move_back();
    return outside(message.partition);
  }
  Error error = error_of(message.err, options_.to_string());
  if (error.code == ErrorCode::kUnavailable) return {};
  if (const char* text = rd_kafka_message_errstr(&message); text != nullptr) {
    error.message = fmt::format("{}: {}", options_.to_string(), text);
  }
  return error;
}

bool PartitionReader::is_inside(std::int32_t partition) const {
  const auto found = partitions_.find(partition);
  return found != partitions_.end() && found->second.next >= ends_.begin().next(partition) &&
         found->second.next <= ends_.known_end(partition);
}

/// The consumer asked for another position than ours: behind a damaged record it looks for more at
/// a place that there is not, and that answer outlives the next rd_kafka_assign()
/// (librdkafka 2.0.2).
Result<void> PartitionReader::move_back() {
  Cursor position;
  std::vector<std::int32_t> partitions;
  for (const auto& [partition, progress] : partitions_) {
    position.set_next(partition, progress.next);
    partitions.push_back(partition);
  }
  MARQUEE_CHECK(move_to(partitions, position));
  note_awaited();
  return {};
}

Error PartitionReader::outside(std::int32_t partition) const {
  const auto found = partitions_.find(partition);
  const Offset asked{partition, found == partitions_.end() ? 0 : found->second.next};
  const Offset begin{partition, ends_.begin().next(partition)};
  if (asked.sequence < begin.sequence) {
    return {ErrorCode::kFailedPrecondition,
            fmt::format("the event log begins at {}, older events are in the archive alone",
                        begin.to_string())};
  }
  return {ErrorCode::kFailedPrecondition,
          fmt::format("the event log ends before {}: the topic was made anew, or its broker lost "
                      "events; fold again from the archive with: marquee rebuild",
                      asked.to_string())};
}

/// A record is there that did not come: the brokers do not answer, or a transaction of another
/// program's, still open, stands before it.
Result<void> PartitionReader::explain_silence() const {
  MARQUEE_CHECK(ends_.refresh(TopicEnds::kAnswerTimeout));
  for (const auto& [partition, progress] : partitions_) {
    if (progress.awaiting && !progress.heard) {
      return Error{ErrorCode::kUnavailable,
                   fmt::format("{}: no answer for partition {}", options_.to_string(), partition)};
    }
  }
  return {};
}

}  // namespace marquee::kafka
