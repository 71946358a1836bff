#include "scheduling/cron_field.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace marquee::scheduling {
namespace {

Error bad(const CronField& field, std::string_view text, std::string_view why) {
  return Error{ErrorCode::kInvalidArgument, fmt::format("{} '{}': {}", field.name, text, why)};
}

std::optional<unsigned> number_of(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

Result<unsigned> value_of(const CronField& field, std::string_view text) {
  const auto named = std::find(field.names.begin(), field.names.end(), lower(text));
  if (named != field.names.end()) {
    return field.min + static_cast<unsigned>(named - field.names.begin());
  }
  const auto value = number_of(text);
  if (value && *value >= field.min && *value <= field.max) return *value;
  return bad(
      field, text,
      fmt::format("want {} to {}{}", field.min, field.max,
                  field.names.empty() ? std::string()
                                      : fmt::format(" or a name such as {}", field.names.front())));
}

struct Range {
  unsigned first;
  unsigned last;
};

/// `*`, `3` or `2-5`.
Result<Range> range_of(const CronField& field, std::string_view text) {
  if (text == "*") return Range{field.min, field.max};
  const std::size_t dash = text.find('-');
  MARQUEE_TRY(const unsigned first, value_of(field, text.substr(0, dash)));
  if (dash == std::string_view::npos) return Range{first, first};
  MARQUEE_TRY(const unsigned last, value_of(field, text.substr(dash + 1)));
  if (last < first) return bad(field, text, "the range runs backwards");
  return Range{first, last};
}

/// A range with or without a step.
Result<void> add_item(const CronField& field, std::string_view item,
                      std::vector<unsigned>& values) {
  const std::size_t slash = item.find('/');
  const std::string_view head = item.substr(0, slash);
  MARQUEE_TRY(const Range range, range_of(field, head));
  unsigned step = 1;
  if (slash != std::string_view::npos) {
    const auto given = number_of(item.substr(slash + 1));
    const bool spans = head == "*" || head.find('-') != std::string_view::npos;
    if (!spans) return bad(field, item, "a step wants * or a range before it");
    if (!given || *given == 0 || *given > field.max) {
      return bad(field, item, fmt::format("want a step from 1 to {}", field.max));
    }
    step = *given;
  }
  for (unsigned value = range.first; value <= range.last; value += step) values.push_back(value);
  return {};
}

}  // namespace

Result<std::vector<unsigned>> parse_cron_field(const CronField& field, std::string_view text) {
  std::vector<unsigned> values;
  for (;;) {
    const std::size_t comma = text.find(',');
    MARQUEE_CHECK(add_item(field, text.substr(0, comma), values));
    if (comma == std::string_view::npos) return values;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace marquee::scheduling
