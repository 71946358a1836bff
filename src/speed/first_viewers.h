#pragma once

#include <span>
#include <vector>

#include "domain/ids.h"
#include "domain/liked_films.h"
#include "ports/folded_state.h"

namespace marquee::speed {

/// Who likes a film, for films that few like: at most FoldedState::kFirstViewersMax a film, the
/// first that came. 8 bytes each. Not thread-safe.
class FirstViewers {
 public:
  /// The liked films of `user` become `after` where they were `before`. `user` must outlive this.
  void replace(const UserId& user, std::span<const LikedFilm> before,
               std::span<const LikedFilm> after);

  std::vector<UserId> of(MovieKey movie) const;

 private:
  void add(MovieKey movie, const UserId& user);

  std::vector<std::vector<const UserId*>> films_;
};

}  // namespace marquee::speed
