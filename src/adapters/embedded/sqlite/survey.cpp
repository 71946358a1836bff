#include "adapters/embedded/sqlite/survey.h"

#include <string_view>

namespace marquee::embedded {
namespace {

Result<std::uint64_t> count(SqliteConnection& reader, std::string_view sql) {
  MARQUEE_TRY(auto query, reader.prepare(sql));
  MARQUEE_TRY(const bool row, query.step());
  return row ? query.u64(0) : std::uint64_t{0};
}

}  // namespace

Result<StoreSurvey> survey_stores(const SqliteDatabase& database) {
  return database.read([](SqliteConnection& reader) -> Result<StoreSurvey> {
    StoreSurvey survey;
    MARQUEE_TRY(survey.viewers, count(reader,
                                      "SELECT count(*) FROM user_profiles "
                                      "WHERE user_id NOT GLOB 'marquee:*'"));
    MARQUEE_TRY(survey.films, count(reader, "SELECT count(*) FROM movies WHERE hidden = 0"));
    MARQUEE_TRY(survey.films_without_genres,
                count(reader, "SELECT count(*) FROM movies WHERE hidden = 0 AND genres = '[]'"));
    MARQUEE_TRY(survey.films_without_year,
                count(reader, "SELECT count(*) FROM movies WHERE hidden = 0 AND year IS NULL"));
    MARQUEE_TRY(survey.events, count(reader, "SELECT count(*) FROM interactions"));
    MARQUEE_TRY(survey.films_unknown,
                count(reader,
                      "SELECT count(*) FROM (SELECT movie_id FROM interactions EXCEPT "
                      "SELECT movie_id FROM movies)"));
    MARQUEE_TRY(survey.dead_letters, count(reader, "SELECT count(*) FROM dead_letters"));
    return survey;
  });
}

}  // namespace marquee::embedded
