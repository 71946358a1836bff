#pragma once

#include <filesystem>
#include <fstream>
#include <future>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/embedded/event_log/segment_writer.h"
#include "app/commands/commands.h"
#include "app/doctor/doctor.h"
#include "app/owner/owner.h"
#include "app/server/application.h"
#include "app/small_dataset_fixture.h"
#include "app/storage/storage.h"
#include "base/time_text.h"
#include "batch/archive_stage.h"
#include "testing/event_builder.h"
#include "testing/local_listener.h"
#include "testing/manual_clock.h"

namespace marquee::app::doctor {

namespace fs = std::filesystem;

/// A whole directory, made once, that every test gets a copy of; and what an examination is told.
class DoctorTest : public SmallDatasetTest {
 public:
  static void SetUpTestSuite() {
    if (base().empty()) make_base();
  }
  static void TearDownTestSuite() {
    fs::remove_all(base());
    base().clear();
  }
  DoctorTest() {
    if (!base().empty()) fs::copy(base(), data(), fs::copy_options::recursive);
    SystemClock now;
    clock_.jump_wall(std::chrono::milliseconds(now.wall_ms() - clock_.wall_ms()));
  }

  fs::path data() const { return loaded_.settings.data_dir; }
  Report examine() const {
    SettingSources sources{file_, environment_, {{"data_dir", data().string()}}};
    sources.flags.insert(sources.flags.end(), flags_.begin(), flags_.end());
    return doctor::examine(sources, clock_, options_);
  }
  /// Hands the stores to `change` as their owner.
  template <typename Change>
  void as_owner(const Change& change) {
    auto storage = Storage::open_owner(loaded_.settings);
    ASSERT_TRUE(storage.ok()) << storage.error().message;
    change(**storage);
  }
  void serve_one_event() const {
    const auto application = Application::start(loaded_.settings);
    ASSERT_TRUE(application.ok()) << application.error().message;
    const auto owner = find_owner(loaded_.settings);
    ASSERT_TRUE(ask_owner(**owner, "POST", "/api/events",
                          R"({"user_id":"u","movie_id":"2","event_type":"like"})")
                    .ok());
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(data() / name) << text;
  }
  void free_bytes(std::uint64_t bytes) {
    options_.free_bytes = [bytes](const fs::path&) -> Result<std::uint64_t> { return bytes; };
  }
  /// Listens on a free port until the test ends, and sets it as the server's.
  void take_a_port() {
    const auto& port =
        taken_ports_.emplace_back(std::make_unique<testing::LocalListener>())->port();
    flags_.emplace_back("server.port", std::to_string(port));
  }
  void append_without_folding() {
    as_owner([](Storage& data) {
      std::promise<bool> stored;
      data.log->append({{testing::EventBuilder("u", "2").build(), 7}},
                       [&stored](const auto& outcome) { stored.set_value(outcome.ok()); });
      ASSERT_TRUE(stored.get_future().get());
    });
  }
  /// Every event of the log, though its day is still open.
  void archive_everything() {
    as_owner([](Storage& data) {
      formats::RunRecord run;
      run.log_end = data.log->end();
      run.archive_until_day = utc_day(data.clock.wall_ms()) + 1;
      ASSERT_TRUE(batch::archive_stage(run, *data.log, *data.objects).ok());
    });
  }
  /// A log in small segments that lost all but the last, as retention would with no care.
  void remove_unarchived_segments() const {
    embedded::SegmentWriter::Options options;
    options.directory = (data() / "events").string();
    options.segment_bytes_max = 1'000;
    options.grow_bytes = 512;
    const auto writer =
        embedded::SegmentWriter::open(embedded::posix_disk(), options, nullptr, clock_);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    for (std::uint64_t number = 0; number < 20; ++number) {
      const auto event = testing::EventBuilder("u", "2").id(number);
      ASSERT_TRUE((*writer)->commit({{event.pending()}}).outcomes[0].ok());
    }
    const auto removed = (*writer)->remove_old({std::numeric_limits<std::int64_t>::max(), 20, 20});
    ASSERT_TRUE(removed.ok()) << removed.error().message;
    ASSERT_GT(removed->segments, 0U);
  }
  fs::path a_file(const std::string& below, const std::string& ending) const {
    for (const auto& entry : fs::recursive_directory_iterator(data() / below)) {
      if (entry.is_regular_file() && entry.path().string().ends_with(ending)) return entry.path();
    }
    ADD_FAILURE() << "no " << ending << " below " << below;
    return {};
  }
  static void flip_a_byte(const fs::path& file) { flip_a_byte(file, fs::file_size(file) / 2); }
  static void flip_a_byte(const fs::path& file, std::uintmax_t at) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    const auto place = static_cast<std::streamoff>(at);
    bytes.seekg(place);
    const auto byte = static_cast<char>(bytes.get() ^ 1);
    bytes.seekp(place);
    bytes.put(byte);
  }

  /// The whole directory; empty before it is made.
  static fs::path& base() {
    static fs::path path;
    return path;
  }
  testing::ManualClock clock_;
  std::optional<std::string> file_;
  std::map<std::string, std::string> environment_;
  std::vector<std::pair<std::string, std::string>> flags_{{"server.port", "0"}};
  Options options_{7, [](const fs::path&) -> Result<std::uint64_t> { return 1ULL << 40; }};

 private:
  std::vector<std::unique_ptr<testing::LocalListener>> taken_ports_;

  static void make_base() {
    class Maker : public SmallDatasetTest {
      void TestBody() override {}

     public:
      void make(const fs::path& target) {
        ASSERT_TRUE(commands::import_dataset(loaded_, dataset().string()).ok());
        ASSERT_TRUE(commands::batch(loaded_, {}).ok());
        fs::copy(loaded_.settings.data_dir, target, fs::copy_options::recursive);
      }
    };
    base() = fs::temp_directory_path() / ("marquee_doctor_" + Uuid::v7(1'000).to_string());
    Maker().make(base());
  }
};

inline std::string findings_of(const Report& report, Level level, const std::string& check) {
  std::string text;
  for (const Finding& finding : report.findings()) {
    if (finding.level != level || finding.check != check) continue;
    text += finding.subject + ": " + finding.what + " → " + finding.advice + "\n";
  }
  return text;
}

}  // namespace marquee::app::doctor
