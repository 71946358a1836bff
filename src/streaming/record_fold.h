#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "adapters/kafka/event_message.h"
#include "domain/user_profile.h"
#include "speed/claimed_partitions.h"

namespace marquee::streaming {

/// Folds messages that somebody else read from the topic, whatever was folded of them before: the
/// position stored with the state decides, and not who hands them over or how often. One thread.
class RecordFold {
 public:
  static constexpr std::size_t kStepMessagesMax = 1'024;  ///< as speed::PartitionFold has it
  static constexpr std::size_t kProfileBytesMax = std::size_t{128} << 20U;

  struct Counts {
    FoldTotals folded;
    std::uint64_t skipped = 0;  ///< messages before the stored position

    bool operator==(const Counts&) const = default;
  };

  explicit RecordFold(const speed::ClaimedPartitions::Ports& ports)
      : claimed_(ports, kProfileBytesMax) {}

  Result<std::vector<PartitionPosition>> claim(std::span<const std::int32_t> partitions);

  /// `messages` ascend within each partition (kInvalidArgument else), and each is of a claimed one
  /// (kFailedPrecondition else); nothing is stored then. A partition's messages are stored in steps
  /// of at most kStepMessagesMax, each with its position in one transaction. After an error: claim
  /// again.
  Result<Counts> fold(std::span<const kafka::StoredMessage> messages);

 private:
  using Messages = std::vector<const kafka::StoredMessage*>;

  Result<std::map<std::int32_t, Messages>> by_partition(
      std::span<const kafka::StoredMessage> messages) const;
  Result<void> fold_partition(std::int32_t partition, std::span<const kafka::StoredMessage* const>,
                              Counts& counts);

  speed::ClaimedPartitions claimed_;
  std::map<std::int32_t, FoldTotals> totals_;  ///< stored, by claimed partition
};

}  // namespace marquee::streaming
