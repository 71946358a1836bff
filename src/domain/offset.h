#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace marquee {

/// Where an event stands in the log. Opaque to clients: "e:1842" on the embedded log, "k:3:99" on
/// partition 3 of a Kafka topic. Two offsets compare meaningfully only on the same partition.
struct Offset {
  static constexpr std::int32_t kEmbedded = -1;

  std::int32_t partition = kEmbedded;
  std::uint64_t sequence = 0;  ///< 0 is the first event of the partition

  std::string to_string() const;
  static std::optional<Offset> parse(std::string_view text);
  auto operator<=>(const Offset&) const = default;
};

/// How far a consumer has come: for each partition the sequence it will read next. A partition
/// that is absent starts at 0.
class Cursor {
 public:
  std::uint64_t next(std::int32_t partition) const;
  /// 0 makes the partition absent again, so that equal cursors compare equal.
  void set_next(std::int32_t partition, std::uint64_t sequence);
  /// True when the event at `offset` lies behind the cursor, that is, has been consumed.
  bool includes(const Offset& offset) const { return offset.sequence < next(offset.partition); }
  const std::map<std::int32_t, std::uint64_t>& partitions() const { return next_; }
  bool operator==(const Cursor&) const = default;

 private:
  std::map<std::int32_t, std::uint64_t> next_;
};

}  // namespace marquee
