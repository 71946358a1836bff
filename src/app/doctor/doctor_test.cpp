// Goal: an examination of a healthy directory finds nothing, changes nothing and disturbs nobody.

#include "app/doctor/doctor.h"

#include "app/doctor/doctor_fixture.h"

namespace marquee::app::doctor {
namespace {

using ::testing::HasSubstr;

TEST_F(DoctorTest, FindsNothingWrongWithAHealthyDirectoryAndChangesNothing) {
  std::map<std::string, fs::file_time_type> before, after;
  const auto look = [this](auto& files) {
    for (const auto& entry : fs::recursive_directory_iterator(data())) {
      const std::string name = entry.path().string();
      if (name.ends_with("-shm") || name.ends_with("-wal") || entry.is_directory()) continue;
      files[name] = entry.last_write_time();
    }
  };
  look(before);
  const Report report = examine();
  look(after);
  EXPECT_EQ(before, after);
  EXPECT_TRUE(report.verdict().ok()) << to_text(report);
  EXPECT_EQ(report.count(Level::kWarning), 0U) << to_text(report);
  for (const char* check : {"settings", "directory", "disk", "state", "log", "fold", "history",
                            "catalogue", "viewers", "model"}) {
    EXPECT_NE(findings_of(report, Level::kOk, check), "") << check << "\n" << to_text(report);
  }
  EXPECT_THAT(findings_of(report, Level::kOk, "viewers"), HasSubstr("30 viewers, 240 events"));
}

TEST_F(DoctorTest, OneFaultDoesNotHideAnother) {
  environment_["MARQUEE_NO_SUCH"] = "1";
  environment_["MARQUEE_TRAIN__RANK"] = "x";
  flip_a_byte(a_file("lakehouse/models", "item_factors.parquet"));
  free_bytes(1);
  const Report report = examine();
  EXPECT_EQ(report.count(Level::kError), 4U) << to_text(report);
  EXPECT_EQ(report.verdict().error().code, ErrorCode::kDataLoss) << "the gravest";
}

TEST_F(DoctorTest, LooksBesideARunningServerWithoutDisturbingIt) {
  const auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok()) << application.error().message;
  const Report report = examine();
  EXPECT_TRUE(report.verdict().ok()) << to_text(report);
  EXPECT_THAT(findings_of(report, Level::kOk, "server"), HasSubstr("runs and is well"));
  const auto owner = find_owner(loaded_.settings);
  EXPECT_TRUE(ask_owner(**owner, "GET", "/api/recommendations?user_id=1").ok());
}

TEST_F(DoctorTest, WithoutItsTokenARunningServerIsNotCalledDead) {
  const auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok());
  fs::remove(data() / "operator.token");
  const Report report = examine();
  EXPECT_TRUE(report.verdict().ok()) << to_text(report);
  EXPECT_THAT(findings_of(report, Level::kWarning, "server"), HasSubstr("operator's token"));
  EXPECT_FALSE(fs::exists(data() / "operator.token")) << "it makes none";
}

TEST_F(DoctorTest, CountsFilmsOfEventsThatTheCatalogueLacks) {
  {
    const auto application = Application::start(loaded_.settings);
    ASSERT_TRUE(application.ok());
    const auto owner = find_owner(loaded_.settings);
    ASSERT_TRUE(ask_owner(**owner, "POST", "/api/events",
                          R"({"user_id":"u","movie_id":"no-such-film","event_type":"like"})")
                    .ok());
  }
  const Report report = examine();
  EXPECT_THAT(findings_of(report, Level::kWarning, "catalogue"),
              HasSubstr("1 films of events are not in the catalogue"))
      << to_text(report);
}

TEST_F(DoctorTest, FindsADamagedModelThatIsNotInService) {
  const fs::path other = data() / "lakehouse/models/als_19990101_0000";
  fs::create_directories(other);
  fs::copy(a_file("lakehouse/models", "manifest.json"), other / "manifest.json");
  EXPECT_THAT(findings_of(examine(), Level::kOk, "model"),
              HasSubstr("1 models that are not in service, every checksum holds"));
  flip_a_byte(other / "manifest.json");
  const Report report = examine();
  EXPECT_EQ(report.verdict().error().code, ErrorCode::kDataLoss) << to_text(report);
  EXPECT_THAT(findings_of(report, Level::kError, "model"), HasSubstr("als_19990101_0000"));
}

TEST_F(DoctorTest, NamesTheTablesOfADamagedPage) {
  flip_a_byte(data() / "marquee.db", 5 * 4'096 - 60);
  const Report report = examine();
  EXPECT_THAT(findings_of(report, Level::kError, "state"),
              HasSubstr("Page 5: its checksum does not hold, in "))
      << to_text(report);
}

TEST_F(DoctorTest, TakesTheSettingsFileBesideTheData) {
  write("marquee.toml", "[server]\nroles = \"api,cook\"\n");
  EXPECT_THAT(findings_of(examine(), Level::kError, "settings"), HasSubstr("cook"));
}

TEST(FreeBytes, OfADirectoryAreSomeAndOfNoneAnError) {
  EXPECT_GT(*free_bytes_of("/tmp"), 0U);
  EXPECT_FALSE(free_bytes_of("/no/such/place").ok());
}

}  // namespace
}  // namespace marquee::app::doctor
