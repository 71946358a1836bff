#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "datasets/table_reader.h"

namespace marquee::datasets {

/// TableReader of a file with one JSON object a line.
Result<std::unique_ptr<TableReader>> open_jsonl_table(const std::string& path,
                                                      std::span<const Column> columns);

}  // namespace marquee::datasets
