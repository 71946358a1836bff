#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/record_reader.h"
#include "datasets/skipped_lines.h"
#include "datasets/text_fields.h"

namespace marquee::datasets {

/// What data sets in files have in common: the directory they are named after, the count of
/// malformed lines, and how far reading is.
class FileDataset : public Dataset {
 public:
  std::string name() const override;
  const std::vector<SkippedLine>& skipped() const override { return skipped_.lines(); }
  std::uint64_t skipped_count() const override { return skipped_.count(); }
  double share_read() const override;

 protected:
  /// `kind` goes in front of the directory's name ("MovieLens "); may be empty.
  FileDataset(std::string kind, std::string directory, const ReadOptions& options)
      : kind_(std::move(kind)), directory_(std::move(directory)), skipped_(options) {}

  std::string path(std::string_view file) const {
    return (std::filesystem::path(directory_) / file).string();
  }
  bool has(std::string_view file) const;
  /// kInvalidArgument saying which header `file` should begin with.
  Error wrong_header(std::string_view file, const std::vector<std::string_view>& header) const;
  /// `movieId` came before: MovieLens never repeats one, so the line is broken.
  static constexpr Problem kRepeated = "movieId is repeated";

  /// Hands every record of `reader` to `take`, which answers Result<Problem>: what is wrong with
  /// it. Malformed records are counted under `file`.
  template <typename Take>
  Result<void> for_each_record(RecordReader& reader, const std::string& file, const Take& take) {
    skipped_.begin(file);
    Record record;
    for (;;) {
      position_ = reader.position();
      MARQUEE_TRY(const bool more, reader.next(record));
      if (!more) return skipped_.finish(reader.position());
      Problem problem = record.problem;
      if (problem.empty()) {
        MARQUEE_TRY(problem, take(record.fields));
      }
      if (!problem.empty()) {
        MARQUEE_CHECK(skipped_.add(record.line, problem, reader.position()));
      }
    }
  }

  SkippedLines& skipped_lines() { return skipped_; }
  void set_position(const ReadPosition& position) { position_ = position; }

 private:
  std::string kind_;
  std::string directory_;
  SkippedLines skipped_;
  ReadPosition position_;
};

}  // namespace marquee::datasets
