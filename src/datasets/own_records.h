#pragma once

#include <array>

#include "datasets/table_reader.h"
#include "datasets/text_fields.h"
#include "domain/event.h"
#include "domain/movie.h"

namespace marquee::datasets {

// The rows of bring-your-own data (interfaces.md "Bring your own", docs/data.md) as films and
// interactions. The limits are those of PUT /api/movies/{id} and POST /api/events.

inline constexpr std::array<Column, 4> kMovieColumns{
    {{"movie_id", true}, {"title", true}, {"year"}, {"genres"}}};
inline constexpr std::array<Column, 5> kInteractionColumns{
    {{"user_id", true}, {"movie_id", true}, {"event_type"}, {"value"}, {"timestamp"}}};

/// `row` by kMovieColumns. Line breaks and tabs in the title become spaces; other control
/// characters are refused. Markup and marks of direction are text. Further columns become the
/// film's metadata.
Problem parse_own_movie(const TableRow& row, Movie& out);

/// `row` by kInteractionColumns; `out` is whole, with its id, when there is no problem. Without an
/// event_type it is a rating where there is a value and a view where there is none; without a
/// timestamp it happened `line` milliseconds into 1970, so that the order of the file is kept.
Problem parse_own_interaction(const TableRow& row, Event& out);

}  // namespace marquee::datasets
