#include "batch/event_sorter.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <queue>
#include <system_error>
#include <tuple>

#include <fmt/format.h>
#include <stdlib.h>  // mkstemp
#include <unistd.h>

#include "batch/event_spill.h"

namespace marquee::batch {
namespace {

constexpr std::size_t kWriteBytes = 1024 * 1024;

Error disk_error(std::string_view what, int number) {
  const ErrorCode code =
      number == ENOSPC || number == EDQUOT ? ErrorCode::kResourceExhausted : ErrorCode::kInternal;
  return Error{code, fmt::format("cannot {} a temporary file for sorting: {}", what,
                                 std::generic_category().message(number))};
}

}  // namespace

bool comes_before(const Event& a, const Event& b) {
  // type and value only decide between events that wrongly share an id, so that one always wins
  return std::tie(a.ts_ms, a.user_id, a.movie_id, a.event_id, a.type, a.value) <
         std::tie(b.ts_ms, b.user_id, b.movie_id, b.event_id, b.type, b.value);
}

/// A sorted temporary file while it is read back.
class EventSorter::Run {
 public:
  explicit Run(std::FILE* file) : file_(file) {}

  /// Reads the next event into `head`; false at the end.
  Result<bool> advance() {
    for (;;) {
      const std::size_t used = decode_spilled(std::string_view(bytes_).substr(at_), head);
      at_ += used;
      if (used > 0) return true;
      if (ended_) break;
      MARQUEE_CHECK(refill());
    }
    if (at_ == bytes_.size()) return false;
    return Error{ErrorCode::kInternal, "a temporary file for sorting was cut short"};
  }

  Event head;

 private:
  Result<void> refill() {
    constexpr std::size_t kReadBytes = 256 * 1024;
    bytes_.erase(0, at_);
    at_ = 0;
    const std::size_t kept = bytes_.size();
    bytes_.resize(kept + kReadBytes);
    const std::size_t got = std::fread(bytes_.data() + kept, 1, kReadBytes, file_);
    bytes_.resize(kept + got);
    if (got == kReadBytes) return {};
    ended_ = true;
    if (std::ferror(file_) != 0) return disk_error("read", errno);
    return {};
  }

  std::FILE* file_;
  std::string bytes_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

Result<void> EventSorter::add(Event event) {
  if (buffer_.size() >= options_.buffer_events_max) MARQUEE_CHECK(spill());
  buffer_.push_back(std::move(event));
  return {};
}

Result<EventSorter::File> EventSorter::open_temp_file() const {
  std::error_code failure;
  std::filesystem::path directory = options_.temp_directory;
  if (directory.empty()) directory = std::filesystem::temp_directory_path(failure);
  if (failure) return disk_error("place", failure.value());
  std::string path = (directory / "marquee-sort-XXXXXX").string();
  const int descriptor = ::mkstemp(path.data());
  if (descriptor < 0) return disk_error("create", errno);
  ::unlink(path.c_str());  // from here on it is gone with its last descriptor
  File file(::fdopen(descriptor, "w+b"));
  if (file) return file;
  const int number = errno;
  ::close(descriptor);
  return disk_error("open", number);
}

Result<void> EventSorter::spill() {
  MARQUEE_TRY(File file, open_temp_file());
  std::ranges::sort(buffer_, comes_before);
  std::string bytes;
  const auto write = [&]() -> Result<void> {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) {
      return disk_error("write", errno);
    }
    bytes.clear();
    return {};
  };
  for (const Event& event : buffer_) {
    encode_spilled(event, bytes);
    if (bytes.size() >= kWriteBytes) MARQUEE_CHECK(write());
  }
  MARQUEE_CHECK(write());
  if (std::fflush(file.get()) != 0) return disk_error("write", errno);
  std::rewind(file.get());
  runs_.push_back(std::move(file));
  buffer_.clear();
  return {};
}

Result<void> EventSorter::for_each(const std::function<Result<void>(const Event&)>& take) {
  if (runs_.empty()) {
    std::ranges::sort(buffer_, comes_before);
    for (const Event& event : buffer_) MARQUEE_CHECK(take(event));
    return {};
  }
  if (!buffer_.empty()) MARQUEE_CHECK(spill());
  buffer_ = {};
  return merge(take);
}

Result<void> EventSorter::merge(const std::function<Result<void>(const Event&)>& take) {
  std::vector<Run> runs;
  for (const File& file : runs_) runs.emplace_back(file.get());
  const auto later = [&runs](std::size_t a, std::size_t b) {
    return comes_before(runs[b].head, runs[a].head);
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> heads(later);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    MARQUEE_TRY(const bool more, runs[i].advance());
    if (more) heads.push(i);
  }
  while (!heads.empty()) {
    const std::size_t first = heads.top();
    heads.pop();
    MARQUEE_CHECK(take(runs[first].head));
    MARQUEE_TRY(const bool more, runs[first].advance());
    if (more) heads.push(first);
  }
  return {};
}

}  // namespace marquee::batch
