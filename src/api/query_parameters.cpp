#include "api/query_parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace marquee::api {
namespace {

constexpr std::size_t kTextBytesMax = 1'000;
/// More would only make a hostile query's answer long.
constexpr std::size_t kErrorsMax = 10;
constexpr const char* kIdGrammar = "want 1 to 128 of A-Z a-z 0-9 _ . : @ -";
constexpr std::size_t kNameBytesShownMax = 100;

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

QueryParameters::QueryParameters(const http::Request& request,
                                 std::initializer_list<std::string_view> known)
    : request_(request) {
  std::vector<std::string_view> met;  // each of `known` at most once
  for (const auto& [name, value] : request.query) {
    if (malformed_.size() >= kErrorsMax) break;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      malformed_.push_back({name.substr(0, kNameBytesShownMax), "there is no such parameter"});
    } else if (std::find(met.begin(), met.end(), name) != met.end()) {
      malformed_.push_back({name, "stands more than once"});
    } else {
      met.push_back(name);
    }
  }
}

std::optional<std::string> QueryParameters::raw(std::string_view name) const {
  for (const auto& [key, value] : request_.query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

void QueryParameters::wrong(std::string_view name, std::string detail) {
  wrong_.push_back({std::string(name), std::move(detail)});
}

std::optional<std::string> QueryParameters::text(std::string_view name) {
  auto value = raw(name);
  if (!value) return std::nullopt;
  if (value->empty() || value->size() > kTextBytesMax) {
    wrong(name, fmt::format("want 1 to {} bytes", kTextBytesMax));
    return std::nullopt;
  }
  return value;
}

std::optional<std::string> QueryParameters::search_text(std::string_view name) {
  const auto value = raw(name);
  if (value && value->empty()) return std::nullopt;
  return text(name);
}

std::string QueryParameters::path_id(const http::Request& request, std::string_view name) {
  std::string value(request.path_parameter(name));
  if (!is_valid_id(value)) wrong(name, kIdGrammar);
  return value;
}

std::optional<std::string> QueryParameters::id(std::string_view name) {
  auto value = raw(name);
  if (!value) return std::nullopt;
  if (!is_valid_id(*value)) {
    wrong(name, kIdGrammar);
    return std::nullopt;
  }
  return value;
}

std::string QueryParameters::required_id(std::string_view name) {
  if (!raw(name)) wrong(name, "is missing");
  return id(name).value_or("");
}

UserId QueryParameters::checked_viewer(std::string_view name, std::string id) {
  UserId viewer(std::move(id));
  if (is_reserved(viewer)) {
    wrong(name, fmt::format("must not begin with {} (those are the server's own viewers)",
                            kReservedPrefix));
  }
  return viewer;
}

std::optional<UserId> QueryParameters::viewer(std::string_view name) {
  auto value = id(name);
  if (!value) return std::nullopt;
  return checked_viewer(name, *std::move(value));
}

UserId QueryParameters::path_viewer(const http::Request& request, std::string_view name) {
  return checked_viewer(name, path_id(request, name));
}

UserId QueryParameters::required_viewer(std::string_view name) {
  return checked_viewer(name, required_id(name));
}

std::optional<std::int64_t> QueryParameters::integer(std::string_view name, std::int64_t min,
                                                     std::int64_t max) {
  const auto value = raw(name);
  if (!value) return std::nullopt;
  const auto parsed = parse_number<std::int64_t>(*value);
  if (!parsed || *parsed < min || *parsed > max) {
    wrong(name, fmt::format("want a whole number from {} to {}", min, max));
    return std::nullopt;
  }
  return parsed;
}

std::optional<double> QueryParameters::number(std::string_view name, double min, double max) {
  const auto value = raw(name);
  if (!value) return std::nullopt;
  const auto parsed = parse_number<double>(*value);
  if (!parsed || !std::isfinite(*parsed) || *parsed < min || *parsed > max) {
    wrong(name, fmt::format("want a number from {} to {}", min, max));
    return std::nullopt;
  }
  return parsed;
}

std::optional<bool> QueryParameters::flag(std::string_view name) {
  const auto value = choice(name, {"true", "false", "1", "0"});
  if (!value) return std::nullopt;
  return *value == "true" || *value == "1";
}

std::optional<Offset> QueryParameters::offset(std::string_view name) {
  const auto value = raw(name);
  if (!value) return std::nullopt;
  auto parsed = Offset::parse(*value);
  if (!parsed) wrong(name, "want an offset as an event's answer carries it, such as e:1842");
  return parsed;
}

std::optional<std::string> QueryParameters::choice(
    std::string_view name, std::initializer_list<std::string_view> choices) {
  auto value = raw(name);
  if (!value) return std::nullopt;
  if (std::find(choices.begin(), choices.end(), *value) != choices.end()) return value;
  wrong(name, fmt::format("want one of {}", fmt::join(choices, ", ")));
  return std::nullopt;
}

std::vector<std::string> QueryParameters::list(std::string_view name, std::size_t count_max) {
  std::vector<std::string> items;
  const auto value = raw(name);
  if (!value) return items;
  std::string_view rest = *value;
  for (;;) {
    const std::size_t comma = rest.find(',');
    items.emplace_back(rest.substr(0, comma));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  const bool has_empty =
      std::any_of(items.begin(), items.end(), [](const std::string& item) { return item.empty(); });
  if (!has_empty && items.size() <= count_max) return items;
  wrong(name, fmt::format("want 1 to {} values separated by commas", count_max));
  return {};
}

std::optional<http::Response> QueryParameters::problem() const {
  if (!malformed_.empty()) {
    return http::problem(
        400,
        fmt::format("parameter '{}': {}", malformed_.front().pointer, malformed_.front().detail),
        malformed_);
  }
  if (!wrong_.empty()) {
    return http::problem(422, fmt::format("{}: {}", wrong_.front().pointer, wrong_.front().detail),
                         wrong_);
  }
  return std::nullopt;
}

}  // namespace marquee::api
