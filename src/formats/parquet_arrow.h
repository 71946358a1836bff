#pragma once

// What the parquet_*.cpp files share. It shows Arrow's types, so nothing else includes
// it: a translation unit with Arrow's headers takes 15 seconds to compile.

#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>

#include "base/result.h"
#include "formats/parquet.h"

namespace marquee::formats::internal {

inline constexpr std::int64_t kRowGroupRows = 64 * 1024;

/// `status` as an Error of kind `code`; out of memory is kResourceExhausted whatever was asked.
Error to_error(const arrow::Status& status, ErrorCode code, const std::string& what);

/// Runs `body` (returning arrow::Status) and turns its failure into an Error. Foreign exceptions
/// (parquet::ParquetException, std::bad_alloc) end here.
template <typename Body>
Result<void> guarded(ErrorCode code, const std::string& what, const Body& body) {
  try {
    const arrow::Status status = body();
    if (!status.ok()) return to_error(status, code, what);
    return {};
  } catch (const std::bad_alloc&) {
    return to_error(arrow::Status::OutOfMemory("no memory left"), code, what);
  } catch (const std::exception& exception) {
    return to_error(arrow::Status::Invalid(exception.what()), code, what);
  }
}

/// Writes one Parquet file into memory, a row group for each table() call of at most kRowGroupRows
/// rows. Single-threaded, so that the same content gives the same bytes.
class FileSink {
 public:
  /// `unique_columns` get no dictionary: their values do not repeat.
  static arrow::Result<std::unique_ptr<FileSink>> open(
      const std::shared_ptr<arrow::Schema>& schema, const std::vector<std::string>& unique_columns,
      const FileMetadata& metadata);
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  ~FileSink();

  arrow::Status write(const arrow::Table& table);
  arrow::Status close(ParquetBytes& bytes);

 private:
  class Memory;
  FileSink() = default;

  std::shared_ptr<Memory> memory_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

/// kDataLoss naming the first column in which `got` is not `want` (names, order, types; a column
/// may be declared nullable, a null in it is found when the rows are read).
Result<void> check_schema(const arrow::Schema& got, const arrow::Schema& want);

/// Reads a Parquet file in memory batch by batch; its seal and page checksums are verified.
class BatchReader {
 public:
  /// `bytes` must outlive it.
  static Result<std::unique_ptr<BatchReader>> open(std::span<const std::byte> bytes,
                                                   std::int64_t batch_rows = kRowGroupRows);

  const arrow::Schema& schema() const { return *schema_; }
  const parquet::FileMetaData& metadata() const;
  /// The next rows, which are valid Arrow data with valid UTF-8; null at the end.
  Result<std::shared_ptr<arrow::RecordBatch>> next();

 private:
  BatchReader() = default;

  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
};

/// kDataLoss "column 'name', row N: why".
Error bad_cell(const std::string& column, std::int64_t row, const std::string& why);

/// kDataLoss when `column` of `batch` holds a null.
Result<void> check_no_nulls(const arrow::RecordBatch& batch, const std::string& column);

/// The array of column `index`, whose type check_schema has established.
template <typename Array>
const Array& column(const arrow::RecordBatch& batch, int index) {
  return static_cast<const Array&>(*batch.column(index));
}

}  // namespace marquee::formats::internal
