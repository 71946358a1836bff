#include <fmt/format.h>

#include "formats/parquet.h"
#include "formats/parquet_arrow.h"

namespace marquee::formats {
namespace {

using internal::FileSink;
using internal::guarded;

std::shared_ptr<arrow::Schema> neighbor_schema() {
  return arrow::schema({arrow::field("movie_id", arrow::utf8(), false),
                        arrow::field("neighbor_id", arrow::utf8(), false),
                        arrow::field("weight", arrow::float32(), false)});
}

/// Collects rows and hands them to the sink a row group at a time.
class NeighborRows {
 public:
  explicit NeighborRows(FileSink& sink) : sink_(sink) {}

  arrow::Status append(const MovieId& movie, const ScoredMovie& neighbor) {
    ARROW_RETURN_NOT_OK(movies_.Append(movie.value()));
    ARROW_RETURN_NOT_OK(neighbors_.Append(neighbor.movie_id.value()));
    ARROW_RETURN_NOT_OK(weights_.Append(neighbor.score));
    return movies_.length() == internal::kRowGroupRows ? flush() : arrow::Status::OK();
  }

  arrow::Status flush() {
    if (movies_.length() == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto movies, movies_.Finish());
    ARROW_ASSIGN_OR_RAISE(const auto neighbors, neighbors_.Finish());
    ARROW_ASSIGN_OR_RAISE(const auto weights, weights_.Finish());
    return sink_.write(*arrow::Table::Make(neighbor_schema(), {movies, neighbors, weights}));
  }

 private:
  FileSink& sink_;
  arrow::StringBuilder movies_;
  arrow::StringBuilder neighbors_;
  arrow::FloatBuilder weights_;
};

Result<void> check_neighbors(std::span<const NeighborRow> rows) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i - 1].movie_id < rows[i].movie_id) continue;
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("neighbours must ascend by film, once each; '{}' is followed by '{}'",
                             rows[i - 1].movie_id.value(), rows[i].movie_id.value())};
  }
  return {};
}

Result<void> append_neighbors(const arrow::RecordBatch& batch, std::vector<NeighborRow>& out) {
  for (const char* name : {"movie_id", "neighbor_id", "weight"}) {
    MARQUEE_CHECK(internal::check_no_nulls(batch, name));
  }
  const auto& movies = internal::column<arrow::StringArray>(batch, 0);
  const auto& neighbors = internal::column<arrow::StringArray>(batch, 1);
  const auto& weights = internal::column<arrow::FloatArray>(batch, 2);
  for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
    const std::string_view movie = movies.GetView(row);
    if (out.empty() || out.back().movie_id.value() != movie) {
      if (!out.empty() && movie < out.back().movie_id.value()) {
        return internal::bad_cell("movie_id", row, "is out of order");
      }
      out.push_back({MovieId(std::string(movie)), {}});
    }
    out.back().neighbors.push_back({MovieId(neighbors.GetString(row)), weights.Value(row)});
  }
  return {};
}

}  // namespace

Result<ParquetBytes> write_neighbors(std::span<const NeighborRow> rows) {
  MARQUEE_CHECK(check_neighbors(rows));
  ParquetBytes bytes;
  const auto body = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto sink, FileSink::open(neighbor_schema(), {"weight"}, {}));
    NeighborRows columns(*sink);
    for (const NeighborRow& row : rows) {
      for (const ScoredMovie& neighbor : row.neighbors) {
        ARROW_RETURN_NOT_OK(columns.append(row.movie_id, neighbor));
      }
    }
    ARROW_RETURN_NOT_OK(columns.flush());
    return sink->close(bytes);
  };
  MARQUEE_CHECK(guarded(ErrorCode::kInternal, "cannot write neighbours as Parquet", body));
  return bytes;
}

Result<std::vector<NeighborRow>> read_neighbors(std::span<const std::byte> bytes) {
  MARQUEE_TRY(const auto reader, internal::BatchReader::open(bytes));
  MARQUEE_CHECK(internal::check_schema(reader->schema(), *neighbor_schema()));
  std::vector<NeighborRow> out;
  for (;;) {
    MARQUEE_TRY(const auto batch, reader->next());
    if (batch == nullptr) return out;
    MARQUEE_CHECK(append_neighbors(*batch, out));
  }
}

}  // namespace marquee::formats
