// Goal: each fault that can be planted is named by the right look, with its level, its code and
// what to do.

#include <fstream>
#include <functional>
#include <sstream>

#include <sys/stat.h>

#include "app/doctor/doctor_fixture.h"
#include "app/storage/import_mark.h"
#include "formats/manifest.h"

namespace marquee::app::doctor {
namespace {

using ::testing::HasSubstr;

struct Fault {
  const char* name;
  std::function<void(DoctorTest&)> plant;
  Level level;
  const char* check;
  const char* says;
  ErrorCode code = ErrorCode::kInternal;  ///< of an error
};

constexpr auto kUsage = ErrorCode::kInvalidArgument;
constexpr auto kDamaged = ErrorCode::kDataLoss;
constexpr auto kFailed = ErrorCode::kFailedPrecondition;

/// The model once more, as if it had been trained earlier under the name `version`.
fs::path copy_model(const DoctorTest& test, const std::string& version) {
  const fs::path now = test.a_file("lakehouse/models", "manifest.json").parent_path();
  const fs::path copy = now.parent_path() / version;
  fs::copy(now, copy);
  std::stringstream text;
  text << std::ifstream(now / "manifest.json").rdbuf();
  formats::Manifest manifest = formats::parse_manifest(text.str()).value();
  manifest.version = ModelVersion(version);
  const std::string name = "models/" + now.filename().string();
  for (formats::Manifest::File& file : manifest.files) {
    if (file.key.starts_with(name)) file.key.replace(0, name.size(), "models/" + version);
  }
  std::ofstream(copy / "manifest.json") << formats::to_json(manifest);
  return copy;
}

std::vector<Fault> faults_of_settings() {
  using T = DoctorTest;
  return {
      {"UnknownVariable", [](T& t) { t.environment_["MARQUEE_TRAIN__RANKK"] = "8"; }, Level::kError,
       "settings", "MARQUEE_TRAIN__RANKK: there is no setting", kUsage},
      {"VariableOutOfRange", [](T& t) { t.environment_["MARQUEE_TRAIN__RANK"] = "0"; },
       Level::kError, "settings", "from 1 to 1024", kUsage},
      {"UnknownKeyInTheFile", [](T& t) { t.write("marquee.toml", "[train]\nrnk = 8\n"); },
       Level::kError, "settings", "marquee.toml:2: there is no setting 'train.rnk'", kUsage},
      {"FileThatIsNoToml", [](T& t) { t.write("marquee.toml", "[train\n"); }, Level::kError,
       "settings", "marquee.toml", kUsage},
      {"FileThatIsMissing", [](T& t) { t.file_ = "/nowhere/marquee.toml"; }, Level::kError,
       "settings", "/nowhere/marquee.toml", ErrorCode::kNotFound},
      {"CronThatIsNone", [](T& t) { t.flags_.emplace_back("scheduler.cron", "at night"); },
       Level::kError, "settings", "cron", kUsage},
      {"RoleThatIsNone", [](T& t) { t.flags_.emplace_back("server.roles", "api,cook"); },
       Level::kError, "settings", "cook", kUsage},
      {"SchemeThatNobodyKnows", [](T& t) { t.flags_.emplace_back("events", "amqp://h/t"); },
       Level::kError, "settings", "kafka://", kUsage},
  };
}

std::vector<Fault> faults_of_the_directory() {
  using T = DoctorTest;
  return {
      {"NoDirectory", [](T& t) { fs::remove_all(t.data()); }, Level::kError, "directory",
       "marquee import", ErrorCode::kNotFound},
      {"ABackup", [](T& t) { t.write("backup.json", "{}"); }, Level::kError, "directory",
       "marquee restore", kFailed},
      {"ARestoreThatWasCutOff", [](T& t) { t.write("unfinished", "marquee restore"); },
       Level::kError, "directory", "marquee restore was interrupted", kFailed},
      {"AnImportThatWasCutOff",
       [](T& t) { ASSERT_TRUE(ImportMark::set(t.data(), "some/where").ok()); }, Level::kError,
       "directory", "--dataset some/where", kFailed},
      {"ATokenThatOthersCanRead",
       [](T& t) {
         t.write("operator.token", "secret");
         ::chmod((t.data() / "operator.token").c_str(), 0644);
       },
       Level::kError, "directory", "chmod 600", kFailed},
      {"ADiskAlmostFull", [](T& t) { t.free_bytes(500 << 20); }, Level::kWarning, "disk",
       "500 MiB free"},
      {"ADiskThatIsFull", [](T& t) { t.free_bytes(1 << 20); }, Level::kError, "disk", "1 MiB free",
       ErrorCode::kResourceExhausted},
      {"AServerThatIsGoneSilent",
       [](T& t) {
         t.write("server.json", fmt::format("{{\"address\":\"http://127.0.0.1:1\",\"pid\":{},"
                                            "\"token_file\":\"/nowhere\"}}",
                                            ::getpid()));
       },
       Level::kError, "server", "does not answer", ErrorCode::kUnavailable},
      {"APortInUse", [](T& t) { t.take_a_port(); }, Level::kError, "server",
       "cannot listen there: Address already in use", kFailed},
  };
}

std::vector<Fault> faults_of_log_and_state() {
  using T = DoctorTest;
  return {
      {"ADamagedLog",
       [](T& t) {
         t.serve_one_event();
         t.serve_one_event();
         T::flip_a_byte(t.a_file("events", ""), 150);  // in the first of several frames
       },
       Level::kError, "log", "log repair", kDamaged},
      {"ATornTail",
       [](T& t) {
         t.serve_one_event();
         const fs::path segment = t.a_file("events", "");
         fs::resize_file(segment, fs::file_size(segment) - 5);
         std::ofstream(segment, std::ios::app) << "half a frame that a power cut left";
       },
       Level::kWarning, "log", "never acknowledged"},
      {"AClockBehindTheNewestEvent",
       [](T& t) {
         t.serve_one_event();
         t.clock_.jump_wall(-std::chrono::hours(30));
       },
       Level::kWarning, "clock", "by NTP"},
      {"EventsThatAreNotFolded", [](T& t) { t.append_without_folding(); }, Level::kWarning, "fold",
       "1 events of the log are not folded yet"},
      {"ALogBehindItsState",
       [](T& t) {
         t.serve_one_event();
         fs::remove_all(t.data() / "events");
       },
       Level::kError, "fold", "the log ends at 0", kDamaged},
      {"AStateFromBeforeARemoval", [](T& t) { t.remove_unarchived_segments(); }, Level::kError,
       "fold", "marquee rebuild", kDamaged},
      {"ARemovalThatNoArchiveMadeUpFor", [](T& t) { t.remove_unarchived_segments(); },
       Level::kError, "archive", "ends before event 0", kDamaged},
      {"NoDatabase", [](T& t) { fs::remove(t.data() / "marquee.db"); }, Level::kWarning, "state",
       "there is none yet"},
      {"ADatabaseThatIsNone",
       [](T& t) { t.write("marquee.db", "this is no database" + std::string(9'000, 'x')); },
       Level::kError, "state", "marquee.db", kDamaged},
  };
}

std::vector<Fault> faults_of_the_content() {
  using T = DoctorTest;
  const auto edit = [](T& t, const std::function<void(Movie&)>& change) {
    t.as_owner([&change](Storage& data) {
      auto movies = *data.stores->catalog.load();
      for (Movie& movie : movies) change(movie);
      ASSERT_TRUE(data.stores->catalog.upsert(movies).ok());
    });
  };
  return {
      {"FilmsWithoutGenres", [edit](T& t) { edit(t, [](Movie& movie) { movie.genres.clear(); }); },
       Level::kWarning, "catalogue", "40 of 40 films have no genres"},
      {"FilmsWithoutYear", [edit](T& t) { edit(t, [](Movie& movie) { movie.year.reset(); }); },
       Level::kWarning, "catalogue", "40 of 40 films have no year"},
      {"NoFilms", [edit](T& t) { edit(t, [](Movie& movie) { movie.hidden = true; }); },
       Level::kWarning, "catalogue", "there is no film"},
      {"AHistoryFileThatChanged",
       [](T& t) { T::flip_a_byte(t.a_file("lakehouse/archived-events", ".parquet")); },
       Level::kError, "history", "differs from history.json", kDamaged},
      {"AnArchivedDayThatChanged",
       [](T& t) {
         t.serve_one_event();
         t.archive_everything();
         T::flip_a_byte(t.a_file("lakehouse/archived-events", "events-000.parquet"));
       },
       Level::kError, "archive", "differs from archive.json", kDamaged},
      {"AHistoryThatIsNotFolded",
       [](T& t) { t.as_owner([](Storage& s) { ASSERT_TRUE(s.stores->profiles.reset().ok()); }); },
       Level::kError, "history", "240 interactions, and 0 are folded", kDamaged},
      {"AModelFileThatChanged",
       [](T& t) { T::flip_a_byte(t.a_file("lakehouse/models", "item_factors.parquet")); },
       Level::kError, "model", "item_factors.parquet", kDamaged},
      {"NeighborsThatChanged",
       [](T& t) { T::flip_a_byte(t.a_file("lakehouse/models", "item_neighbors.parquet")); },
       Level::kError, "model", "item_neighbors.parquet differs", kDamaged},
      {"ListsThatChanged",
       [](T& t) { T::flip_a_byte(t.a_file("lakehouse/batch-recs-history", ".parquet")); },
       Level::kError, "model", "batch-recs-history", kDamaged},
      {"AnEarlierModelThatChanged",
       [](T& t) {
         const fs::path earlier = copy_model(t, "als_20200101_0000");
         T::flip_a_byte(earlier / "user_factors.parquet");
       },
       Level::kError, "model", "models/als_20200101_0000/user_factors.parquet differs", kDamaged},
      {"AModelThatIsMissing", [](T& t) { fs::remove_all(t.data() / "lakehouse/models"); },
       Level::kError, "model", "als_", kDamaged},
      {"AnOldModel", [](T& t) { t.clock_.advance(std::chrono::hours(24 * 9)); }, Level::kWarning,
       "model", "is 9 days old"},
      {"AModelWithoutManifest",
       [](T& t) {
         fs::create_directories(t.data() / "lakehouse/models/als_20200101_0000");
         t.write("lakehouse/models/als_20200101_0000/item_factors.parquet", "half");
       },
       Level::kWarning, "model", "als_20200101_0000: has files and no manifest"},
  };
}

std::vector<Fault> all_faults() {
  std::vector<Fault> faults;
  for (const auto& some : {faults_of_settings(), faults_of_the_directory(),
                           faults_of_log_and_state(), faults_of_the_content()}) {
    faults.insert(faults.end(), some.begin(), some.end());
  }
  return faults;
}

class PlantedFault : public DoctorTest, public ::testing::WithParamInterface<Fault> {};

INSTANTIATE_TEST_SUITE_P(Doctor, PlantedFault, ::testing::ValuesIn(all_faults()),
                         [](const auto& planted) { return std::string(planted.param.name); });

TEST_P(PlantedFault, IsNamed) {
  const Fault& fault = GetParam();
  fault.plant(*this);
  if (HasFatalFailure()) return;
  const Report report = examine();
  EXPECT_THAT(findings_of(report, fault.level, fault.check), HasSubstr(fault.says))
      << to_text(report);
  EXPECT_THAT(findings_of(report, fault.level, fault.check), HasSubstr(" → ")) << "and what to do";
  if (fault.level == Level::kWarning) {
    EXPECT_TRUE(report.verdict().ok()) << to_text(report);
    return;
  }
  ASSERT_FALSE(report.verdict().ok());
  EXPECT_EQ(report.verdict().error().code, fault.code) << to_text(report);
}

}  // namespace
}  // namespace marquee::app::doctor
