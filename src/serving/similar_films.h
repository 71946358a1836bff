#pragma once

#include <cstddef>
#include <vector>

#include "serving/catalog_view.h"

namespace marquee::serving {

/// The at most `count` films most like `film`, best first, scores in (0, 1], ties by movie id;
/// never the film itself nor a withdrawn one.
///
/// By the model, two films are alike as their vectors point the same way (cosine; at or below 0
/// they are not). A film the model does not know, because it is new or no model is in service, is
/// like those that share its genres (|both| / |either|), the more popular first; `popular` is best
/// first.
std::vector<Candidate> similar_films(const Pinned& pinned, const std::vector<Candidate>& popular,
                                     MovieKey film, std::size_t count);

}  // namespace marquee::serving
