#include <limits>

#include <fmt/format.h>

#include "formats/parquet.h"
#include "formats/parquet_arrow.h"

namespace marquee::formats {
namespace {

using internal::FileSink;
using internal::guarded;

std::shared_ptr<arrow::Schema> recommendation_schema() {
  return arrow::schema({arrow::field("user_id", arrow::utf8(), false),
                        arrow::field("rank", arrow::int16(), false),
                        arrow::field("movie_id", arrow::utf8(), false),
                        arrow::field("score", arrow::float32(), false)});
}

/// Collects rows and hands them to the sink a row group at a time.
class RecommendationColumns {
 public:
  explicit RecommendationColumns(FileSink& sink) : sink_(sink) {}

  arrow::Status append(const UserId& user, std::int16_t rank, const ScoredMovie& movie) {
    ARROW_RETURN_NOT_OK(users_.Append(user.value()));
    ARROW_RETURN_NOT_OK(ranks_.Append(rank));
    ARROW_RETURN_NOT_OK(movies_.Append(movie.movie_id.value()));
    ARROW_RETURN_NOT_OK(scores_.Append(movie.score));
    return users_.length() == internal::kRowGroupRows ? flush() : arrow::Status::OK();
  }

  arrow::Status flush() {
    if (users_.length() == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto users, users_.Finish());
    ARROW_ASSIGN_OR_RAISE(const auto ranks, ranks_.Finish());
    ARROW_ASSIGN_OR_RAISE(const auto movies, movies_.Finish());
    ARROW_ASSIGN_OR_RAISE(const auto scores, scores_.Finish());
    return sink_.write(
        *arrow::Table::Make(recommendation_schema(), {users, ranks, movies, scores}));
  }

 private:
  FileSink& sink_;
  arrow::StringBuilder users_;
  arrow::Int16Builder ranks_;
  arrow::StringBuilder movies_;
  arrow::FloatBuilder scores_;
};

Result<void> check_recommendations(std::span<const RecommendationRow> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].items.size() > std::numeric_limits<std::int16_t>::max()) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("{} recommendations for '{}' are more than a rank can count",
                               rows[i].items.size(), rows[i].user_id.value())};
    }
    if (i > 0 && !(rows[i - 1].user_id < rows[i].user_id)) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("recommendations must ascend by user, once each; '{}' is "
                               "followed by '{}'",
                               rows[i - 1].user_id.value(), rows[i].user_id.value())};
    }
  }
  return {};
}

Result<void> append_recommendations(const arrow::RecordBatch& batch,
                                    std::vector<RecommendationRow>& out) {
  for (const char* name : {"user_id", "rank", "movie_id", "score"}) {
    MARQUEE_CHECK(internal::check_no_nulls(batch, name));
  }
  const auto& users = internal::column<arrow::StringArray>(batch, 0);
  const auto& ranks = internal::column<arrow::Int16Array>(batch, 1);
  const auto& movies = internal::column<arrow::StringArray>(batch, 2);
  const auto& scores = internal::column<arrow::FloatArray>(batch, 3);
  for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
    const std::string_view user = users.GetView(row);
    if (out.empty() || out.back().user_id.value() != user) {
      if (!out.empty() && user < out.back().user_id.value()) {
        return internal::bad_cell("user_id", row, "is out of order");
      }
      out.push_back({UserId(std::string(user)), {}});
    }
    std::vector<ScoredMovie>& items = out.back().items;
    if (ranks.Value(row) != static_cast<std::int64_t>(items.size()) + 1) {
      return internal::bad_cell("rank", row,
                                fmt::format("is {}, want {}", ranks.Value(row), items.size() + 1));
    }
    items.push_back({MovieId(movies.GetString(row)), scores.Value(row)});
  }
  return {};
}

}  // namespace

Result<ParquetBytes> write_recommendations(std::span<const RecommendationRow> rows) {
  MARQUEE_CHECK(check_recommendations(rows));
  ParquetBytes bytes;
  const auto body = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto sink, FileSink::open(recommendation_schema(), {"score"}, {}));
    RecommendationColumns columns(*sink);
    for (const RecommendationRow& row : rows) {
      std::int16_t rank = 0;
      for (const ScoredMovie& movie : row.items) {
        ARROW_RETURN_NOT_OK(columns.append(row.user_id, ++rank, movie));
      }
    }
    ARROW_RETURN_NOT_OK(columns.flush());
    return sink->close(bytes);
  };
  MARQUEE_CHECK(guarded(ErrorCode::kInternal, "cannot write recommendations as Parquet", body));
  return bytes;
}

Result<std::vector<RecommendationRow>> read_recommendations(std::span<const std::byte> bytes) {
  MARQUEE_TRY(const auto reader, internal::BatchReader::open(bytes));
  MARQUEE_CHECK(internal::check_schema(reader->schema(), *recommendation_schema()));
  std::vector<RecommendationRow> out;
  for (;;) {
    MARQUEE_TRY(const auto batch, reader->next());
    if (batch == nullptr) return out;
    MARQUEE_CHECK(append_recommendations(*batch, out));
  }
}

}  // namespace marquee::formats
