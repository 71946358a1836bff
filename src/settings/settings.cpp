#include "settings/settings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "settings/toml_file.h"

namespace marquee {
namespace {

/// Names that begin like ours and are no settings: the data set of ./run, the kernels of
/// src/linalg, the library of the job on Spark.
constexpr std::array<std::string_view, 3> kOtherEnvironment{"MARQUEE_DATASET", "MARQUEE_SIMD",
                                                            "MARQUEE_STREAMING_LIBRARY"};
constexpr std::string_view kPrefix = "MARQUEE_";

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string_view nearest_key(std::string_view key) {
  const auto closer = [&](const Property& a, const Property& b) {
    return edit_distance(key, a.key) < edit_distance(key, b.key);
  };
  return std::min_element(properties().begin(), properties().end(), closer)->key;
}

template <typename Number>
bool parse_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

template <typename Number>
Result<void> assign_number(Number& target, const Property& property, std::string_view text) {
  Number value{};
  const bool in_range = parse_number(text, value) && std::isfinite(static_cast<double>(value)) &&
                        static_cast<double>(value) >= property.min &&
                        static_cast<double>(value) <= property.max;
  if (!in_range) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{} is '{}', want {} from {} to {}", property.key, text,
                             std::is_integral_v<Number> ? "a whole number" : "a number",
                             property.min, property.max)};
  }
  target = value;
  return {};
}

Result<void> assign(Settings& settings, const Property& property, std::string_view text) {
  return std::visit(
      [&](auto field) -> Result<void> {
        auto& target = settings.*field;
        if constexpr (std::is_same_v<std::remove_reference_t<decltype(target)>, std::string>) {
          if (text.empty()) {
            return Error{ErrorCode::kInvalidArgument, fmt::format("{} is empty", property.key)};
          }
          target = std::string(text);
          return {};
        } else if constexpr (std::is_same_v<std::remove_reference_t<decltype(target)>, bool>) {
          if (text != "true" && text != "false") {
            return Error{ErrorCode::kInvalidArgument,
                         fmt::format("{} is '{}', want true or false", property.key, text)};
          }
          target = text == "true";
          return {};
        } else {
          return assign_number(target, property, text);
        }
      },
      property.field);
}

Result<void> set(LoadedSettings& loaded, std::string_view key, std::string_view text,
                 const std::string& origin) {
  const auto property = property_of(key);
  if (!property.ok()) return property.error().with_context(origin);
  if (auto assigned = assign(loaded.settings, **property, text); !assigned.ok()) {
    return assigned.error().with_context(origin);
  }
  loaded.origins[std::string(key)] = origin;
  return {};
}

/// MARQUEE_SERVING__CACHE_TTL_S → serving.cache_ttl_s
std::string key_of_environment(std::string_view name) {
  std::string key;
  name.remove_prefix(kPrefix.size());
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name.substr(i).starts_with("__")) {
      key += '.';
      ++i;
    } else {
      key += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
    }
  }
  return key;
}

Result<void> read_environment(LoadedSettings& loaded,
                              const std::map<std::string, std::string>& environment) {
  for (const auto& [name, text] : environment) {
    const bool other = std::find(kOtherEnvironment.begin(), kOtherEnvironment.end(), name) !=
                       kOtherEnvironment.end();
    if (!name.starts_with(kPrefix) || other) continue;
    MARQUEE_CHECK(set(loaded, key_of_environment(name), text, name));
  }
  return {};
}

}  // namespace

Result<LoadedSettings> load_settings(const SettingSources& sources) {
  LoadedSettings loaded;
  loaded.file = sources.file;
  if (sources.file) {
    MARQUEE_TRY(const auto entries, read_toml_file(*sources.file));
    for (const TomlEntry& entry : entries) {
      MARQUEE_CHECK(
          set(loaded, entry.key, entry.text, fmt::format("{}:{}", *sources.file, entry.line)));
    }
  }
  MARQUEE_CHECK(read_environment(loaded, sources.environment));
  for (const auto& [key, text] : sources.flags) {
    MARQUEE_CHECK(set(loaded, key, text, "command line"));
  }
  return loaded;
}

Result<LoadedSettings> settings_of(const SettingSources& given) {
  if (given.file) return load_settings(given);
  MARQUEE_TRY(auto loaded, load_settings(given));
  SettingSources sources = given;
  const auto beside_data = std::filesystem::path(loaded.settings.data_dir) / "marquee.toml";
  std::error_code ignored;
  if (!std::filesystem::exists(beside_data, ignored)) return loaded;
  sources.file = beside_data.string();
  return load_settings(sources);
}

Result<std::pair<std::string, std::string>> parse_assignment(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("'{}': want KEY=VALUE", text)};
  }
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

Result<const Property*> property_of(std::string_view key) {
  const auto found = std::find_if(properties().begin(), properties().end(),
                                  [&](const Property& property) { return property.key == key; });
  if (found != properties().end()) return &*found;
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("there is no setting '{}'; did you mean '{}'?", key, nearest_key(key))};
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

std::string shown_text(const Settings& settings, const Property& property) {
  std::string text = setting_text(settings, property);
  const std::size_t authority = text.find("://");
  if (authority == std::string::npos) return text;
  const std::size_t at = text.find_last_of('@', text.find('/', authority + 3));
  const std::size_t colon = text.find(':', authority + 3);
  if (at == std::string::npos || colon > at) return text;
  return text.replace(colon + 1, at - colon - 1, "***");
}

std::string setting_text(const Settings& settings, const Property& property) {
  return std::visit([&](auto field) { return fmt::format("{}", settings.*field); }, property.field);
}

}  // namespace marquee
