#include "datasets/jsonl_table.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/hash.h"
#include "base/json_writer.h"
#include "datasets/line_reader.h"

namespace marquee::datasets {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

/// The texts of `list` between "|"; false when it holds anything else.
bool join_texts(const simdjson::dom::array& list, std::string& out) {
  for (const element member : list) {
    std::string_view text;
    if (member.get(text) != simdjson::SUCCESS) return false;
    if (!out.empty()) out.push_back('|');
    out.append(text);
  }
  return true;
}

/// `value` as a CSV file would have it; false for an object, a truth value or a mixed list.
bool to_text(element value, std::string& out) {
  switch (value.type()) {
    case element_type::STRING:
      out = std::string_view(value);
      return true;
    case element_type::INT64:
      out = fmt::format("{}", std::int64_t(value));
      return true;
    case element_type::UINT64:
      out = fmt::format("{}", std::uint64_t(value));
      return true;
    case element_type::DOUBLE:
      out = fmt::format("{}", double(value));
      return true;
    case element_type::ARRAY:
      return join_texts(value, out);
    case element_type::NULL_VALUE:
      return true;
    default:
      return false;
  }
}

class JsonlTable final : public TableReader {
 public:
  JsonlTable(LineReader lines, std::span<const Column> columns)
      : lines_(std::move(lines)), columns_(columns), texts_(columns.size()) {}

  Result<bool> next(TableRow& row) override {
    Line line;
    MARQUEE_TRY(const bool more, lines_.next(line));
    if (!more) return false;
    row.line = line.number;
    row.problem = line.problem;
    row.values.assign(columns_.size(), {});
    row.further = "{}";
    if (row.problem.empty()) row.problem = fill(line.text, row);
    return true;
  }

  ReadPosition position() const override { return lines_.position(); }

 private:
  /// What is wrong with the line; empty when nothing is.
  std::string fill(std::string_view text, TableRow& row) {
    simdjson::dom::object object;
    const auto error = parser_.parse(text.data(), text.size()).get(object);
    if (error == simdjson::INCORRECT_TYPE) return "no JSON object";
    if (error != simdjson::SUCCESS) {
      return fmt::format("not JSON: {}", simdjson::error_message(error));
    }
    for (std::string& kept : texts_) kept.clear();
    JsonWriter further;
    bool has_further = false;
    std::unordered_set<std::string_view, KeyedStringHash> names;
    for (const auto [name, value] : object) {
      if (!names.insert(name).second) return fmt::format("member '{}' is repeated", name);
      const auto known = std::ranges::find(columns_, name, &Column::name);
      if (known == columns_.end()) {
        note_further(name);
        if (!std::exchange(has_further, true)) further.begin_object();
        further.key(name).raw(simdjson::minify(value));
      } else if (!to_text(value, texts_[static_cast<std::size_t>(known - columns_.begin())])) {
        return fmt::format("{} is no text, number or list of texts", name);
      }
    }
    if (has_further) row.further = further.end_object().take();
    return take_values(row);
  }

  std::string take_values(TableRow& row) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      row.values[i] = texts_[i];
      if (columns_[i].required && texts_[i].empty()) {
        return fmt::format("{} is missing", columns_[i].name);
      }
    }
    return {};
  }

  LineReader lines_;
  std::span<const Column> columns_;
  std::vector<std::string> texts_;  ///< by known column, of the row being read
  simdjson::dom::parser parser_;
};

}  // namespace

Result<std::unique_ptr<TableReader>> open_jsonl_table(const std::string& path,
                                                      std::span<const Column> columns) {
  MARQUEE_TRY(LineReader lines, LineReader::open(path));
  return std::unique_ptr<TableReader>(std::make_unique<JsonlTable>(std::move(lines), columns));
}

}  // namespace marquee::datasets
