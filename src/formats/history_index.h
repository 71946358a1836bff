#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace marquee::formats {

/// The list of the files that hold imported history, in the order in which they are folded:
/// archived-events/history.json (docs/formats/history.md). An import is visible when this is
/// written; events-import files that it does not name do not count.
struct HistoryIndex {
  static constexpr std::int64_t kSchema = 1;
  static constexpr std::string_view kKey = "archived-events/history.json";

  struct File {
    std::string key;  ///< in the object store
    std::string sha256;
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;

    bool operator==(const File&) const = default;
  };

  std::vector<File> files;
  std::uint64_t events = 0;  ///< of all files

  bool operator==(const HistoryIndex&) const = default;
};

std::string to_json(const HistoryIndex& index);
/// kDataLoss, naming the member, when it is no index, of a newer schema, or its sums disagree.
Result<HistoryIndex> parse_history_index(std::string_view json);

}  // namespace marquee::formats
