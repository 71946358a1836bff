#pragma once

#include <compare>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/hash.h"

namespace marquee {

/// A value of type Rep that cannot be mistaken for another of the same Rep: a UserId is no MovieId.
template <typename Tag, typename Rep>
class Strong {
 public:
  Strong() = default;
  explicit Strong(Rep value) : value_(std::move(value)) {}

  const Rep& value() const { return value_; }
  auto operator<=>(const Strong&) const = default;

 private:
  Rep value_{};
};

}  // namespace marquee

template <typename Tag, typename Rep>
struct std::hash<marquee::Strong<Tag, Rep>> {
  std::size_t operator()(const marquee::Strong<Tag, Rep>& id) const {
    if constexpr (std::is_same_v<Rep, std::string>) {
      return static_cast<std::size_t>(marquee::keyed_hash(id.value()));  // strangers choose ids
    } else {
      return std::hash<Rep>{}(id.value());
    }
  }
};
