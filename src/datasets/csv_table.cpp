#include "datasets/csv_table.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "datasets/csv_reader.h"

namespace marquee::datasets {
namespace {

/// What a place of the header is: the index of a known column, or a further one's name.
struct Place {
  std::ptrdiff_t column = -1;
  std::string name;
};

Error bad_header(const std::string& path, const std::string& why) {
  return Error{ErrorCode::kInvalidArgument, fmt::format("'{}' {}", path, why)};
}

Result<std::vector<Place>> read_header(const std::string& path,
                                       const std::vector<std::string_view>& names,
                                       std::span<const Column> columns) {
  std::vector<Place> places;
  for (const std::string_view name : names) {
    const auto twice = std::ranges::find(places, name, &Place::name);
    if (twice != places.end()) {
      return bad_header(path, fmt::format("names the column '{}' twice", name));
    }
    const auto known = std::ranges::find(columns, name, &Column::name);
    places.push_back({known == columns.end() ? -1 : known - columns.begin(), std::string(name)});
  }
  std::vector<std::string_view> missing;
  for (const Column& column : columns) {
    const bool there = std::ranges::find(names, column.name) != names.end();
    if (column.required && !there) missing.push_back(column.name);
  }
  if (missing.empty()) return places;
  return bad_header(path, fmt::format("lacks the column{} {}: its first line is {}",
                                      missing.size() > 1 ? "s" : "", fmt::join(missing, ", "),
                                      fmt::join(names, ",")));
}

class CsvTable final : public TableReader {
 public:
  CsvTable(CsvReader reader, std::vector<Place> places, std::span<const Column> columns)
      : reader_(std::move(reader)), places_(std::move(places)), columns_(columns) {
    for (const Place& place : places_) {
      if (place.column < 0) note_further(place.name);
    }
  }

  Result<bool> next(TableRow& row) override {
    MARQUEE_TRY(const bool more, reader_.next(record_));
    if (!more) return false;
    row.line = record_.line;
    row.problem = record_.problem;
    row.values.assign(columns_.size(), {});
    row.further = "{}";
    if (record_.ok()) fill(row);
    return true;
  }

  ReadPosition position() const override { return reader_.position(); }

 private:
  void fill(TableRow& row) const {
    if (record_.fields.size() != places_.size()) {
      row.problem = fmt::format("not {} fields", places_.size());
      return;
    }
    JsonWriter further;
    bool has_further = false;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const std::string_view text = record_.fields[i];
      const Place& place = places_[i];
      if (!is_valid_utf8(text)) {
        row.problem = fmt::format("{} is not UTF-8", place.name);
        return;
      }
      if (place.column >= 0) {
        row.values[static_cast<std::size_t>(place.column)] = text;
      } else if (!text.empty()) {
        if (!std::exchange(has_further, true)) further.begin_object();
        further.member(place.name, text);
      }
    }
    if (has_further) row.further = further.end_object().take();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].required && row.values[i].empty()) {
        row.problem = fmt::format("{} is missing", columns_[i].name);
        return;
      }
    }
  }

  CsvReader reader_;
  std::vector<Place> places_;
  std::span<const Column> columns_;
  Record record_;
};

}  // namespace

Result<std::unique_ptr<TableReader>> open_csv_table(const std::string& path,
                                                    std::span<const Column> columns) {
  MARQUEE_TRY(CsvReader reader, CsvReader::open(path));
  Record header;
  MARQUEE_TRY(const bool more, reader.next(header));
  if (!more || !header.ok()) return bad_header(path, "has no header that names its columns");
  MARQUEE_TRY(auto places, read_header(path, header.fields, columns));
  return std::unique_ptr<TableReader>(
      std::make_unique<CsvTable>(std::move(reader), std::move(places), columns));
}

}  // namespace marquee::datasets
