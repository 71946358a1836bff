#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/embedded/files/disk.h"
#include "base/result.h"

namespace marquee::embedded {

/// The file in the log's directory that says with which event the log begins. Written before a
/// segment is removed, so that a log whose older segments were removed on purpose is told apart
/// from one that lost them.
inline constexpr const char* kLogBeginName = "begin.bin";

/// 0 when nothing was ever removed. kDataLoss when the file is damaged.
Result<std::uint64_t> read_log_begin(Disk& disk, const std::string& directory);

/// Durable when this returns; until then the old one holds.
Result<void> store_log_begin(Disk& disk, const std::string& directory, std::uint64_t first_offset);

/// Makes a log without events that begins with event `first_offset`: `directory` must hold none.
/// Durable when this returns.
Result<void> begin_log_at(Disk& disk, const std::string& directory, std::uint64_t first_offset,
                          std::int64_t now_ms);

/// Which segments a log is made of, by their first offsets, ascending.
struct LogListing {
  std::vector<std::uint64_t> segments;   ///< the first begins where the log does; empty: a new log
  std::vector<std::uint64_t> leftovers;  ///< of a removal that was cut short: no part of the log
};

/// kDataLoss, naming what is missing, when the log does not begin where it should. The owner may
/// add and remove segments meanwhile: one that was just removed is then kNotFound when it is
/// opened.
Result<LogListing> list_log(Disk& disk, const std::string& directory);

}  // namespace marquee::embedded
