#include "app/settings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <unistd.h>

#include "app/toml_file.h"

namespace marquee::app {
namespace {

/// Names that begin like ours and are no settings: the data set of ./run, the kernels of
/// src/linalg.
constexpr std::array<std::string_view, 2> kOtherEnvironment{"MARQUEE_DATASET", "MARQUEE_SIMD"};
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

const Property* find_property(std::string_view key) {
  const auto found = std::find_if(properties().begin(), properties().end(),
                                  [&](const Property& property) { return property.key == key; });
  return found == properties().end() ? nullptr : &*found;
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
  const Property* property = find_property(key);
  if (property == nullptr) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{}: there is no setting '{}'; did you mean '{}'?", origin, key,
                             nearest_key(key))};
  }
  if (auto assigned = assign(loaded.settings, *property, text); !assigned.ok()) {
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

std::vector<Property> live_properties() {
  using S = Settings;
  return {
      {"live.factors", &S::live_factors, 0, 100,
       "weight in L2 of the viewer folded into the model"},
      {"live.neighbors", &S::live_neighbors, 0, 100, "weight in L2 of films like those liked"},
      {"live.transitions", &S::live_transitions, 0, 100, "weight in L2 of what is liked next"},
      {"live.negative", &S::live_negative, 0, 100,
       "what a film turned against takes from films like it"},
      {"live.transition_half_life_days", &S::live_transition_half_life_days, 0.01, 1e6,
       "after which a transition counts half"},
      {"live.rating_weight", &S::live_rating_weight, 0, 100,
       "what a rating of 4 stars and more is worth"},
      {"live.rating_half_life_days", &S::live_rating_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
      {"live.like_weight", &S::live_like_weight, 0, 100, "what a like is worth"},
      {"live.like_half_life_days", &S::live_like_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
      {"live.view_weight", &S::live_view_weight, 0, 100, "what half a film watched is worth"},
      {"live.view_half_life_days", &S::live_view_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
      {"live.watchlist_add_weight", &S::live_watchlist_add_weight, 0, 100,
       "what a film saved is worth"},
      {"live.watchlist_add_half_life_days", &S::live_watchlist_add_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
      {"live.click_weight", &S::live_click_weight, 0, 100, "what a click is worth"},
      {"live.click_half_life_days", &S::live_click_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
      {"live.search_click_weight", &S::live_search_click_weight, 0, 100,
       "what a click in a search is worth"},
      {"live.search_click_half_life_days", &S::live_search_click_half_life_days, 0.01, 1e6,
       "after which it is worth half"},
  };
}

/// `more` after the property `key`.
std::vector<Property> inserted_after(std::string_view key, const std::vector<Property>& more,
                                     std::vector<Property> table) {
  const auto at = std::find_if(table.begin(), table.end(),
                               [key](const Property& property) { return property.key == key; });
  table.insert(at == table.end() ? at : at + 1, more.begin(), more.end());
  return table;
}

}  // namespace

const std::vector<Property>& properties() {
  using S = Settings;
  static const std::vector<Property> kTable = inserted_after(
      "serving.batch_weight", live_properties(),
      {
          {"data_dir", &S::data_dir, 0, 0, "directory that holds everything (--data)"},
          {"events", &S::events, 0, 0, "event log: file:[DIR]"},
          {"state", &S::state, 0, 0, "state and catalogue: sqlite:[FILE]"},
          {"cache", &S::cache, 0, 0, "L1 cache: memory:"},
          {"objects", &S::objects, 0, 0, "lakehouse: file:[DIR]"},
          {"server.host", &S::server_host, 0, 0, "address to listen on (--host)"},
          {"server.port", &S::server_port, 0, 65'535, "port to listen on, 0 picks one (--port)"},
          {"server.threads", &S::server_threads, 1, 256, "threads that serve requests"},
          {"server.drain_s", &S::server_drain_s, 0, 600, "seconds given to requests at shutdown"},
          {"server.roles", &S::server_roles, 0, 0, "of api, speed, scheduler (--roles)"},
          {"serving.cache_ttl_s", &S::serving_cache_ttl_s, 0, 31'536'000, "life of a cached list"},
          {"serving.cache_bytes_max", &S::serving_cache_bytes_max, 0, 1e12, "memory bound of L1"},
          {"serving.batch_weight", &S::serving_batch_weight, 0, 1, "share of L3 in the blend"},
          {"import.skipped_share_max", &S::import_skipped_share_max, 0, 1,
           "malformed lines of a file that are skipped, as a share"},
          {"popularity.half_life_days", &S::popularity_half_life_days, 0.01, 36'500,
           "after which a viewer counts half"},
          {"popularity.floor", &S::popularity_floor, 0, 1, "share of a viewer that never decays"},
          {"train.rank", &S::train_rank, 1, 1'024, "length of the vectors (ALS_RANK)"},
          {"train.epochs", &S::train_epochs, 1, 1'000, "passes over the data (ALS_MAX_ITER)"},
          {"train.unobserved_weight", &S::train_unobserved_weight, 1e-9, 1'000, "alpha_0 of iALS"},
          {"train.regularization", &S::train_regularization, 1e-9, 1'000, "lambda of iALS"},
          {"train.regularization_exp", &S::train_regularization_exp, 0, 2, "nu of iALS"},
          {"train.seed", &S::train_seed, 0, 9e15, "seed of the first vectors"},
          {"train.threads", &S::train_threads, 0, 1'024, "threads that train, 0: every CPU"},
          {"batch.top_n", &S::batch_top_n, 1, 1'000,
           "films generated a viewer (RECOMMENDATION_TOP_N)"},
          {"batch.keep_generations", &S::batch_keep_generations, 2, 100, "generations kept"},
          {"scheduler.enabled", &S::scheduler_enabled, 0, 0, "start the nightly run by itself"},
          {"scheduler.cron", &S::scheduler_cron, 0, 0, "when, five fields of crontab, UTC"},
          {"scheduler.catch_up", &S::scheduler_catch_up, 0, 0, "missed runs: none, latest or all"},
          {"scheduler.stage_retries_max", &S::scheduler_stage_retries_max, 0, 100,
           "tries after the first of a stage that failed"},
          {"scheduler.stage_timeout_s", &S::scheduler_stage_timeout_s, 1, 604'800,
           "after which a stage is ended"},
          {"scheduler.stage_program", &S::scheduler_stage_program, 0, 0,
           "runs as PROGRAM batch STAGE …; self: this program"},
      });
  return kTable;
}

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

std::string setting_text(const Settings& settings, const Property& property) {
  return std::visit([&](auto field) { return fmt::format("{}", settings.*field); }, property.field);
}

}  // namespace marquee::app
