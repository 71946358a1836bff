#include "app/doctor/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/command_line/command_line.h"

namespace marquee::app::doctor {
namespace {

using ::testing::HasSubstr;

TEST(DoctorReport, OfNothingWrongIsOkAndSaysSo) {
  Report report;
  report.ok("disk", "/data", "66.1 GB free");
  report.warning("model", "als_1", "12 days old", "run marquee batch run");
  EXPECT_TRUE(report.verdict().ok()) << "a warning is no failure";
  EXPECT_THAT(to_text(report), HasSubstr("ok       disk       /data: 66.1 GB free\n"));
  EXPECT_THAT(to_text(report), HasSubstr("→ run marquee batch run\n0 errors, 1 warning\n"));
}

TEST(DoctorReport, EndsWithTheCodeOfTheGravestError) {
  struct Case {
    std::vector<ErrorCode> errors;
    int exit;
  };
  using enum ErrorCode;
  for (const Case& wanted : {Case{{kFailedPrecondition}, 1}, Case{{kNotFound, kInvalidArgument}, 2},
                             Case{{kInvalidArgument, kDataLoss, kPermissionDenied}, 4}}) {
    Report report;
    for (const ErrorCode code : wanted.errors) report.error("check", "x", "is wrong", "do", code);
    const auto verdict = report.verdict();
    ASSERT_FALSE(verdict.ok());
    EXPECT_EQ(exit_code(verdict.error().code), wanted.exit);
    EXPECT_THAT(verdict.error().message, HasSubstr("in check: is wrong"));
  }
}

TEST(DoctorReport, AsJsonHasEveryFieldEscaped) {
  Report report;
  report.error("log", "a\"b", "line\nbreak", "mend");
  EXPECT_EQ(to_json(report),
            "{\"findings\":[{\"level\":\"error\",\"check\":\"log\",\"subject\":\"a\\\"b\","
            "\"what\":\"line\\nbreak\",\"advice\":\"mend\"}],\"errors\":1,\"warnings\":0}");
}

}  // namespace
}  // namespace marquee::app::doctor
