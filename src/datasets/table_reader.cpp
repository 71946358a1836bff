#include "datasets/table_reader.h"

#include <algorithm>

#include "datasets/csv_table.h"
#include "datasets/jsonl_table.h"

namespace marquee::datasets {

Result<std::unique_ptr<TableReader>> TableReader::open(const std::string& path,
                                                       std::span<const Column> columns) {
  return path.ends_with(".jsonl") ? open_jsonl_table(path, columns) : open_csv_table(path, columns);
}

void TableReader::note_further(std::string_view name) {
  if (further_names_.size() >= kFurtherNamesMax) return;
  if (std::ranges::find(further_names_, name) == further_names_.end()) {
    further_names_.emplace_back(name);
  }
}

}  // namespace marquee::datasets
