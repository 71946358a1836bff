#include "models/factor_model.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "linalg/gramian.h"

namespace marquee::models {
namespace {

Result<void> check_table(const FactorTable& table, std::string_view what) {
  if (table.k == 0 || table.values.size() != table.rows() * table.k) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{} factors: {} values are not {} rows of {}", what,
                             table.values.size(), table.rows(), table.k)};
  }
  const auto unsorted =
      std::adjacent_find(table.ids.begin(), table.ids.end(), std::greater_equal{});
  if (unsorted != table.ids.end()) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{} factors: id '{}' is not below the next one, '{}'", what, *unsorted,
                             *(unsorted + 1))};
  }
  const auto broken = std::find_if(table.values.begin(), table.values.end(),
                                   [](float value) { return !std::isfinite(value); });
  if (broken != table.values.end()) {
    const auto row = static_cast<std::size_t>(broken - table.values.begin()) / table.k;
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("{} factors: the vector of '{}' holds a value that is not finite",
                             what, table.ids[row])};
  }
  return {};
}

}  // namespace

Result<void> check_parameters(const IalsParameters& parameters) {
  struct Range {
    const char* name;
    double value;
    double min;
    double max;
  };
  const Range ranges[] = {
      {"rank", static_cast<double>(parameters.rank), 1, kRankMax},
      {"epochs", static_cast<double>(parameters.epochs), 1, 10'000},
      {"unobserved_weight", double{parameters.unobserved_weight}, 0, 1e6},
      {"regularization", double{parameters.regularization}, 0, 1e6},
      {"regularization_exp", double{parameters.regularization_exp}, 0, 4},
      {"init_stdev", double{parameters.init_stdev}, 1e-6, 1e3},
  };
  for (const Range& range : ranges) {
    if (!(range.value >= range.min && range.value <= range.max)) {  // NaN fails too
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("iALS parameter {} is {}: want {} to {}", range.name, range.value,
                               range.min, range.max)};
    }
  }
  return {};
}

float ridge_of(const IalsParameters& parameters, double weight_sum, std::size_t others) {
  const double frequency =
      weight_sum + double{parameters.unobserved_weight} * static_cast<double>(others);
  return static_cast<float>(double{parameters.regularization} *
                            std::pow(frequency, double{parameters.regularization_exp}));
}

Result<FactorModel> FactorModel::make(ModelVersion version, IalsParameters parameters,
                                      FactorTable items, FactorTable users) {
  MARQUEE_CHECK(check_parameters(parameters));
  MARQUEE_CHECK(check_table(items, "item"));
  MARQUEE_CHECK(check_table(users, "user"));
  if (items.k != users.k || items.k != static_cast<std::size_t>(parameters.rank)) {
    return Error{
        ErrorCode::kInvalidArgument,
        fmt::format("item vectors of {}, user vectors of {} and rank {} do not fit together",
                    items.k, users.k, parameters.rank)};
  }
  FactorModel model;
  model.version_ = std::move(version);
  model.parameters_ = parameters;
  model.items_ = std::move(items);
  model.users_ = std::move(users);
  model.item_gramian_ = linalg::gramian(model.items_.values, model.items_.k);
  return model;
}

std::optional<std::uint32_t> FactorModel::item_row(std::string_view movie_id) const {
  const auto found = std::lower_bound(items_.ids.begin(), items_.ids.end(), movie_id);
  if (found == items_.ids.end() || *found != movie_id) return std::nullopt;
  return static_cast<std::uint32_t>(found - items_.ids.begin());
}

}  // namespace marquee::models
