#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "formats/parquet.h"
#include "formats/parquet_arrow.h"

namespace marquee::formats {
namespace {

using internal::FileSink;
using internal::guarded;

/// Calls `slice(first, count)` for every row group's worth of `rows` rows.
template <typename Slice>
arrow::Status for_each_row_group(std::size_t rows, const Slice& slice) {
  constexpr auto kRows = static_cast<std::size_t>(internal::kRowGroupRows);
  for (std::size_t first = 0; first < rows; first += kRows) {
    ARROW_RETURN_NOT_OK(slice(first, std::min(kRows, rows - first)));
  }
  return arrow::Status::OK();
}

std::shared_ptr<arrow::Schema> factor_schema(const std::string& id_column, std::int32_t k) {
  return arrow::schema(
      {arrow::field(id_column, arrow::utf8(), false),
       arrow::field("factor",
                    arrow::fixed_size_list(arrow::field("element", arrow::float32(), false), k),
                    false)});
}

arrow::Status write_factor_rows(FileSink& sink, const std::shared_ptr<arrow::Schema>& schema,
                                std::span<const std::string> ids, std::span<const float> values) {
  arrow::StringBuilder id_builder;
  for (const std::string& id : ids) ARROW_RETURN_NOT_OK(id_builder.Append(id));
  arrow::FloatBuilder value_builder;
  ARROW_RETURN_NOT_OK(
      value_builder.AppendValues(values.data(), static_cast<std::int64_t>(values.size())));
  ARROW_ASSIGN_OR_RAISE(const auto id_array, id_builder.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto value_array, value_builder.Finish());
  const auto factors = std::make_shared<arrow::FixedSizeListArray>(
      schema->field(1)->type(), static_cast<std::int64_t>(ids.size()), value_array);
  return sink.write(*arrow::Table::Make(schema, {id_array, factors}));
}

Result<void> check_factors(std::span<const std::string> ids, std::span<const float> values,
                           std::size_t k) {
  if (k == 0 || k > 65'536 || values.size() != ids.size() * k) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("{} values are not {} rows of {} factors",
                                                          values.size(), ids.size(), k)};
  }
  const auto unsorted = std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>());
  if (unsorted == ids.end()) return {};
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("factor rows must ascend by id, once each; '{}' is followed by "
                           "'{}'",
                           *unsorted, *(unsorted + 1))};
}

/// The rank k the file was written with, once its columns are what they should be.
Result<std::int32_t> factor_rank(const arrow::Schema& schema, const std::string& id_column) {
  std::int32_t k = 1;
  if (schema.num_fields() > 1 && schema.field(1)->type()->id() == arrow::Type::FIXED_SIZE_LIST) {
    k = static_cast<const arrow::FixedSizeListType&>(*schema.field(1)->type()).list_size();
  }
  if (k < 1) return Error{ErrorCode::kDataLoss, "column 'factor' has no factors"};
  MARQUEE_CHECK(internal::check_schema(schema, *factor_schema(id_column, k)));
  return k;
}

Result<void> append_factor_rows(const arrow::RecordBatch& batch, const std::string& id_column,
                                FactorColumns& out) {
  MARQUEE_CHECK(internal::check_no_nulls(batch, id_column));
  MARQUEE_CHECK(internal::check_no_nulls(batch, "factor"));
  const auto& ids = internal::column<arrow::StringArray>(batch, 0);
  const auto& factors = internal::column<arrow::FixedSizeListArray>(batch, 1);
  const auto& values = static_cast<const arrow::FloatArray&>(*factors.values());
  const auto k = static_cast<std::int64_t>(out.k);
  const std::int64_t first = factors.value_offset(0);
  const std::int64_t count = batch.num_rows() * k;
  if (first + count > values.length()) {
    return internal::bad_cell("factor", 0, "has too few values");
  }
  if (values.null_count() > 0) return internal::bad_cell("factor", 0, "holds a null");
  for (std::int64_t row = 0; row < batch.num_rows(); ++row) out.ids.push_back(ids.GetString(row));
  out.values.insert(out.values.end(), values.raw_values() + first,
                    values.raw_values() + first + count);
  return {};
}

}  // namespace

Result<ParquetBytes> write_factors(const std::string& id_column, std::span<const std::string> ids,
                                   std::span<const float> values, std::size_t k) {
  MARQUEE_CHECK(check_factors(ids, values, k));
  const auto schema = factor_schema(id_column, static_cast<std::int32_t>(k));
  ParquetBytes bytes;
  const auto body = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto sink,
                          FileSink::open(schema, {id_column, "factor.list.element"}, {}));
    ARROW_RETURN_NOT_OK(for_each_row_group(ids.size(), [&](std::size_t first, std::size_t count) {
      return write_factor_rows(*sink, schema, ids.subspan(first, count),
                               values.subspan(first * k, count * k));
    }));
    return sink->close(bytes);
  };
  MARQUEE_CHECK(guarded(ErrorCode::kInternal, "cannot write factors as Parquet", body));
  return bytes;
}

Result<FactorColumns> read_factors(std::span<const std::byte> bytes, const std::string& id_column) {
  MARQUEE_TRY(const auto reader, internal::BatchReader::open(bytes));
  MARQUEE_TRY(const std::int32_t k, factor_rank(reader->schema(), id_column));
  FactorColumns out;
  out.k = static_cast<std::size_t>(k);
  for (;;) {
    MARQUEE_TRY(const auto batch, reader->next());
    if (batch == nullptr) return out;
    MARQUEE_CHECK(append_factor_rows(*batch, id_column, out));
  }
}

}  // namespace marquee::formats
