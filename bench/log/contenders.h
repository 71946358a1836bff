#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "bench/log/batches.h"
#include "ports/event_log.h"

namespace marquee::bench {

/// Commits one after the other.
struct Commits {
  std::vector<double> seconds;  ///< each, from handing it over to knowing it durable
  double cpu_seconds = 0;       ///< of the whole process, for all of them
};

/// Every batch through the log, the next when the last is acknowledged. Takes the events.
Result<Commits> time_log(EventLog& log, std::vector<Batch>& batches);

/// The same frames by write and fdatasync alone, into a file that already holds zeros, so that no
/// sync has to write the file's size: the best that a program can do. The file is removed again.
Result<Commits> time_bare(const std::string& path, const std::vector<Batch>& batches);

}  // namespace marquee::bench
