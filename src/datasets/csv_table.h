#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "datasets/table_reader.h"

namespace marquee::datasets {

/// TableReader of a CSV file.
Result<std::unique_ptr<TableReader>> open_csv_table(const std::string& path,
                                                    std::span<const Column> columns);

}  // namespace marquee::datasets
