#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "datasets/record_reader.h"

namespace marquee::datasets {

/// A column that somebody reads.
struct Column {
  std::string_view name;
  bool required = false;
};

/// One row of a table. The views live until the next call of next().
struct TableRow {
  std::uint64_t line = 0;
  std::vector<std::string_view> values;  ///< by known column; empty text where the row has none
  std::string further = "{}";            ///< the other columns as a JSON object
  std::string problem;                   ///< why the row cannot be used; empty when it can
};

/// Reads a table whose columns have names, in any order, in a fixed amount of memory:
///
///   *.csv     RFC 4180 with a header; further columns are texts, empty ones are left out
///   *.jsonl   one JSON object a line; numbers count as their text, a list of texts as its members
///             between "|", null as nothing; further members keep their JSON
///
/// A row without a required value, with a repeated member or that is not UTF-8 has a problem.
class TableReader {
 public:
  static constexpr std::size_t kFurtherNamesMax = 20;

  /// `columns` must outlive the reader. kInvalidArgument, naming them, when a CSV header lacks
  /// required columns or names one twice; kNotFound / kPermissionDenied / kInternal naming `path`.
  static Result<std::unique_ptr<TableReader>> open(const std::string& path,
                                                   std::span<const Column> columns);
  virtual ~TableReader() = default;

  /// Fills `row`; false at the end of the file. An error when the disk fails.
  virtual Result<bool> next(TableRow& row) = 0;
  virtual ReadPosition position() const = 0;
  /// The other columns met so far, each once, the first kFurtherNamesMax.
  const std::vector<std::string>& further_names() const { return further_names_; }

 protected:
  void note_further(std::string_view name);

 private:
  std::vector<std::string> further_names_;
};

}  // namespace marquee::datasets
