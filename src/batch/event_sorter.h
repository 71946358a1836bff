#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/event.h"

namespace marquee::batch {

/// The order in which history is folded: time, then viewer, film and id, so that it does not depend
/// on the order of the source.
bool comes_before(const Event& a, const Event& b);

/// Sorts any number of events by comes_before in bounded memory (external merge sort): what does
/// not fit into the buffer goes, sorted, into nameless temporary files, which vanish with the
/// process. An event takes about 250 bytes of the buffer and 90 of the disk. Not thread-safe.
class EventSorter {
 public:
  struct Options {
    std::size_t buffer_events_max = 400'000;  ///< some 100 MB
    std::string temp_directory;               ///< the system's when empty
  };

  explicit EventSorter(Options options) : options_(std::move(options)) {}

  /// kResourceExhausted when the disk is full.
  Result<void> add(Event event);
  /// Hands out all events in order; stops at the first error. Call once, and nothing after it.
  Result<void> for_each(const std::function<Result<void>(const Event&)>& take);

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, CloseFile>;
  class Run;

  Result<void> spill();
  Result<File> open_temp_file() const;
  Result<void> merge(const std::function<Result<void>(const Event&)>& take);

  Options options_;
  std::vector<Event> buffer_;
  std::vector<File> runs_;
};

}  // namespace marquee::batch
