#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "adapters/embedded/sqlite/survey.h"
#include "app/doctor/checks.h"
#include "batch/import_history.h"

namespace marquee::app::doctor {
namespace {

constexpr double kBareShare = 0.1;  // of films; more without genres is no oversight of a few

void check_films(const embedded::StoreSurvey& survey, const std::string& database, Report& report) {
  if (survey.films == 0) {
    return report.warning("catalogue", database, "there is no film: nothing can be recommended",
                          "marquee import, or PUT /api/movies/{id}");
  }
  const auto bare = [&](std::uint64_t count, const char* what) {
    if (static_cast<double>(count) <= kBareShare * static_cast<double>(survey.films)) return;
    report.warning("catalogue", database,
                   fmt::format("{} of {} films have no {}: filters miss them, and what is new "
                               "cannot be matched by it",
                               count, survey.films, what),
                   "complete them in the data set, or with PUT /api/movies/{id}");
  };
  bare(survey.films_without_genres, "genres");
  bare(survey.films_without_year, "year");
  if (survey.films_unknown > 0) {
    report.warning("catalogue", database,
                   fmt::format("{} films of events are not in the catalogue: they are counted and "
                               "never shown",
                               survey.films_unknown),
                   "add them with PUT /api/movies/{id}; a typo in a client shows up here too");
  }
  report.ok("catalogue", database,
            fmt::format("{} films, {} without genres, {} without year", survey.films,
                        survey.films_without_genres, survey.films_without_year));
}

}  // namespace

void check_state(Subject& subject, Report& report) {
  if (subject.paths.database.empty()) return;  // check_services()
  const std::string database = subject.paths.database.string();
  std::error_code ignored;
  if (!std::filesystem::exists(database, ignored)) {
    return report.warning("state", database, "there is none yet",
                          "marquee import or marquee serve");
  }
  const char* advice =
      "stop the server; restore a backup, or, if only folded state is hit, run "
      "marquee rebuild";
  auto stores = embedded::SqliteStores::open(database, subject.movies,
                                             embedded::SqliteDatabase::Mode::kReadOnly);
  if (!stores.ok()) {
    return report.error("state", database, stores.error().message, advice, stores.error().code);
  }
  const auto damage = (*stores)->database->find_damage();
  if (!damage.ok()) {
    return report.error("state", database, damage.error().message, advice, damage.error().code);
  }
  if (*damage) {
    return report.error("state", database, embedded::damage_error(database, **damage).message,
                        (*damage)->folded_only() ? "marquee rebuild" : "marquee restore",
                        ErrorCode::kDataLoss);
  }
  const auto folded = (*stores)->profiles.totals();
  if (!folded.ok()) {
    return report.error("state", database, folded.error().message, advice, folded.error().code);
  }
  subject.folded = *folded;
  subject.stores = std::move(stores).value();
  report.ok("state", database, "every page and index is whole, every checksum holds");
}

void check_catalog(const Subject& subject, Report& report) {
  if (subject.stores == nullptr) return;
  const std::string database = subject.paths.database.string();
  const auto survey = embedded::survey_stores(*subject.stores->database);
  if (!survey.ok()) {
    return report.error("catalogue", database, survey.error().message,
                        "marquee log verify and a restore", survey.error().code);
  }
  check_films(*survey, database, report);
  if (survey->dead_letters > 0) {
    report.warning("viewers", database,
                   fmt::format("{} events could not be applied", survey->dead_letters),
                   "their reasons stand in the table dead_letters; mend the client that sent them");
  }
  report.ok("viewers", database,
            fmt::format("{} viewers, {} events", survey->viewers, survey->events));
}

void check_history(const Subject& subject, Report& report) {
  if (subject.objects == nullptr) return;
  const std::string lakehouse = subject.paths.objects.string();
  const auto count = [&]() -> Result<std::uint64_t> {
    MARQUEE_TRY(const auto next, batch::read_history(*subject.objects));
    std::uint64_t events = 0;
    for (;;) {
      MARQUEE_TRY(const auto read, next());
      if (read.empty()) return events;
      events += read.size();
    }
  }();
  if (!count.ok()) {
    return report.error("history", lakehouse, count.error().message,
                        "restore a backup, or import the data set into a new directory",
                        count.error().code);
  }
  if (subject.folded && subject.folded->totals.history != *count) {
    return report.error("history", lakehouse,
                        fmt::format("holds {} interactions, and {} are folded into the state",
                                    *count, subject.folded->totals.history),
                        "stop the server and run marquee rebuild", ErrorCode::kDataLoss);
  }
  report.ok("history", lakehouse,
            fmt::format("{} imported interactions, every checksum holds", *count));
}

}  // namespace marquee::app::doctor
