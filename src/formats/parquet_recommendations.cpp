#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "formats/parquet.h"
#include "formats/parquet_arrow.h"

namespace marquee::formats {
namespace {

using internal::FileSink;
using internal::guarded;

constexpr const char* kCannotWrite = "cannot write recommendations as Parquet";

std::shared_ptr<arrow::Schema> recommendation_schema() {
  return arrow::schema({arrow::field("user_id", arrow::utf8(), false),
                        arrow::field("rank", arrow::int16(), false),
                        arrow::field("movie_id", arrow::utf8(), false),
                        arrow::field("score", arrow::float32(), false)});
}

class ParquetRecommendationsWriter final : public RecommendationsWriter {
 public:
  explicit ParquetRecommendationsWriter(std::unique_ptr<FileSink> sink) : sink_(std::move(sink)) {}

  Result<void> append(const RecommendationRow& row) override {
    MARQUEE_CHECK(check(row));
    last_ = row.user_id;
    return guarded(ErrorCode::kInternal, kCannotWrite, [&]() -> arrow::Status {
      std::int16_t rank = 0;
      for (const ScoredMovie& movie : row.items) {
        ARROW_RETURN_NOT_OK(append_item(row.user_id, ++rank, movie));
      }
      return arrow::Status::OK();
    });
  }

  Result<ParquetBytes> finish() override {
    ParquetBytes bytes;
    MARQUEE_CHECK(guarded(ErrorCode::kInternal, kCannotWrite, [&]() -> arrow::Status {
      ARROW_RETURN_NOT_OK(flush());
      return sink_->close(bytes);
    }));
    return bytes;
  }

 private:
  Result<void> check(const RecommendationRow& row) const {
    if (row.items.size() > std::numeric_limits<std::int16_t>::max()) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("{} recommendations for '{}' are more than a rank can count",
                               row.items.size(), row.user_id.value())};
    }
    if (last_ && !(*last_ < row.user_id)) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("recommendations must ascend by user, once each; '{}' is "
                               "followed by '{}'",
                               last_->value(), row.user_id.value())};
    }
    return {};
  }

  arrow::Status append_item(const UserId& user, std::int16_t rank, const ScoredMovie& movie) {
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
    return sink_->write(
        *arrow::Table::Make(recommendation_schema(), {users, ranks, movies, scores}));
  }

  std::unique_ptr<FileSink> sink_;
  std::optional<UserId> last_;
  arrow::StringBuilder users_;
  arrow::Int16Builder ranks_;
  arrow::StringBuilder movies_;
  arrow::FloatBuilder scores_;
};

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

class ParquetRecommendationsReader final : public RecommendationsReader {
 public:
  explicit ParquetRecommendationsReader(std::unique_ptr<internal::BatchReader> batches)
      : batches_(std::move(batches)) {}

  Result<std::vector<RecommendationRow>> next() override {
    for (;;) {
      MARQUEE_TRY(const auto batch, batches_->next());
      if (batch == nullptr) return std::exchange(rows_, {});
      MARQUEE_CHECK(append_recommendations(*batch, rows_));
      if (rows_.size() < 2) continue;
      // The last viewer's list may go on in the next batch.
      std::vector<RecommendationRow> unfinished;
      unfinished.push_back(std::move(rows_.back()));
      rows_.pop_back();
      return std::exchange(rows_, std::move(unfinished));
    }
  }

 private:
  std::unique_ptr<internal::BatchReader> batches_;
  std::vector<RecommendationRow> rows_;  // read, and not handed out yet
};

}  // namespace

Result<std::unique_ptr<RecommendationsWriter>> RecommendationsWriter::make() {
  std::unique_ptr<FileSink> sink;
  MARQUEE_CHECK(guarded(ErrorCode::kInternal, kCannotWrite, [&]() -> arrow::Status {
    return FileSink::open(recommendation_schema(), {"score"}, {}).Value(&sink);
  }));
  return std::unique_ptr<RecommendationsWriter>(
      std::make_unique<ParquetRecommendationsWriter>(std::move(sink)));
}

Result<std::unique_ptr<RecommendationsReader>> RecommendationsReader::open(
    std::span<const std::byte> bytes) {
  MARQUEE_TRY(auto batches, internal::BatchReader::open(bytes));
  MARQUEE_CHECK(internal::check_schema(batches->schema(), *recommendation_schema()));
  return std::unique_ptr<RecommendationsReader>(
      std::make_unique<ParquetRecommendationsReader>(std::move(batches)));
}

}  // namespace marquee::formats
