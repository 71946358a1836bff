#include "adapters/kafka/topic_ends.h"

#include <algorithm>
#include <numeric>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "adapters/kafka/client_config.h"

namespace marquee::kafka {
namespace {

std::vector<std::int32_t> first_numbers(std::int32_t count) {
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

}  // namespace

TopicEnds::TopicEnds(rd_kafka_t* client, std::string topic, std::int32_t partitions)
    : client_(client), topic_(std::move(topic)), partitions_(first_numbers(partitions)) {}

/// One request to each leader for all its partitions: ListOffsets takes -1 and -2 for a time, which
/// are the end and the beginning.
Result<Cursor> TopicEnds::ask(std::int64_t which, std::chrono::milliseconds timeout) const {
  const PartitionList list = partition_list(topic_, partitions_);
  for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = which;
  const std::string what = fmt::format("asking where the topic {} ends", topic_);
  const auto code =
      rd_kafka_offsets_for_times(client_, list.get(), static_cast<int>(timeout.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(code, what);
  Cursor cursor;
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) return error_of(one.err, what);
    if (one.offset > 0) cursor.set_next(one.partition, static_cast<std::uint64_t>(one.offset));
  }
  return cursor;
}

Result<void> TopicEnds::refresh(std::chrono::milliseconds timeout) const {
  const std::lock_guard asking(asking_);
  Cursor before;
  {
    const std::lock_guard lock(mutex_);
    before = end_;
  }
  auto end = ask(RD_KAFKA_OFFSET_END, timeout);
  auto begin = end.ok() ? ask(RD_KAFKA_OFFSET_BEGINNING, timeout) : end;
  const std::lock_guard lock(mutex_);
  asked_at_ = std::chrono::steady_clock::now();
  if (!begin.ok()) {
    answered_ = begin.error();
    return answered_;
  }
  answered_ = compare(before, *end);
  begin_ = *begin;
  for (const std::int32_t partition : partitions_) {  // what was noted meanwhile may be newer
    end_.set_next(partition, std::max(end_.next(partition), end->next(partition)));
  }
  return answered_;
}

Result<void> TopicEnds::wait_for_answer(std::chrono::milliseconds timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    auto answered = refresh(timeout);
    const bool again = !answered.ok() && answered.error().code != ErrorCode::kPermissionDenied;
    if (!again || std::chrono::steady_clock::now() > deadline) return answered;
    std::this_thread::sleep_for(kFresh);
  }
}

/// A log does not become shorter.
Result<void> TopicEnds::compare(const Cursor& before, const Cursor& now) const {
  for (const std::int32_t partition : partitions_) {
    if (now.next(partition) >= before.next(partition)) continue;
    return Error{ErrorCode::kDataLoss,
                 fmt::format("the topic {} ends at {} but {} was there: it was made anew, or its "
                             "broker lost events; restart to compare it with the stored state",
                             topic_, Offset{partition, now.next(partition)}.to_string(),
                             Offset{partition, before.next(partition) - 1}.to_string())};
  }
  return {};
}

void TopicEnds::refresh_if_older(std::chrono::milliseconds age) const {
  {
    const std::lock_guard lock(mutex_);
    const auto old = answered_.ok() ? age : std::max(age, kRetryAfter);
    if (std::chrono::steady_clock::now() - asked_at_ < old) return;
    // the others take what is there, and nobody asks right behind us
    asked_at_ = std::chrono::steady_clock::now();
  }
  (void)refresh(kAnswerTimeout);
}

Cursor TopicEnds::begin() const {
  refresh_if_older(kRetryAfter);
  const std::lock_guard lock(mutex_);
  return begin_;
}

Cursor TopicEnds::end() const {
  refresh_if_older(kFresh);
  const std::lock_guard lock(mutex_);
  return end_;
}

std::uint64_t TopicEnds::known_end(std::int32_t partition) const {
  const std::lock_guard lock(mutex_);
  return end_.next(partition);
}

void TopicEnds::note_end(std::int32_t partition, std::uint64_t next) {
  const std::lock_guard lock(mutex_);
  if (next > end_.next(partition)) end_.set_next(partition, next);
}

Result<void> TopicEnds::health() const {
  const std::lock_guard lock(mutex_);
  return answered_;
}

}  // namespace marquee::kafka
