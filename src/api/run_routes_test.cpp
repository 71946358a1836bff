// Goal: operators see every run as it is stored and can start, cancel and retry one; what cannot be
// done is a problem that says why.

#include <string>

#include "api/fixture_for_test.h"
#include "scheduling/pipeline.h"

namespace marquee::api {
namespace {

using http::Method;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class RunRoutes : public RoutesTest {
 protected:
  RunRoutes() { scheduler_.step(); }  // takes the lease

  http::Response get_runs(const std::string& rest = "") {
    return as_operator(Method::kGet, "/api/admin/runs" + rest);
  }
  http::Response post(const std::string& rest, const std::string& body = "") {
    return as_operator(Method::kPost, "/api/admin/runs" + rest, body);
  }
  /// The id of a run that has been queued.
  std::string queue() {
    const auto answer = post("", R"({"pipeline":"batch"})");
    EXPECT_EQ(answer.status, 202) << answer.body;
    return header_of(answer, "Location").substr(std::string("/api/admin/runs/").size());
  }
  void cancel(const std::string& id) {
    EXPECT_EQ(post("/" + id + "/cancel").status, 202);
    for (int i = 0; i < 5; ++i) scheduler_.step();
  }
  /// A run that is over, with one stage and `lines` lines of it.
  void add_run(const std::string& id, RunStatus status, int lines = 0) {
    const std::uint64_t token = (*runs_.lease())->token;
    marquee::Run run;
    run.id = id;
    run.pipeline = "batch";
    run.logical_date = "2025-01-01";
    run.trigger = RunTrigger::kScheduled;
    run.status = status;
    run.detail = "stage train: exit code 1";
    run.created_at_ms = 1'000;
    run.started_at_ms = 2'000;
    run.ended_at_ms = 3'000;
    ASSERT_TRUE(runs_.create(token, run).ok());
    StageAttempt stage;
    stage.stage = "train";
    stage.status = StageStatus::kFailed;
    stage.exit_code = 1;
    stage.started_at_ms = 2'000;
    ASSERT_TRUE(runs_.put_stage(token, id, stage).ok());
    for (int i = 1; i <= lines; ++i) {
      const std::vector<RunLogLine> line{{0, "train", 1, 2'000 + i, "epoch " + std::to_string(i)}};
      ASSERT_TRUE(runs_.append_log(token, id, line).ok());
    }
  }
};

TEST_F(RunRoutes, ShowNoRunsAtFirst) {
  const auto answer = get_runs();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"runs":[]})");
}

TEST_F(RunRoutes, ShowARunWithItsStages) {
  add_run("2025-01-01", RunStatus::kFailed);
  const std::string run =
      R"({"id":"2025-01-01","pipeline":"batch","logical_date":"2025-01-01","trigger":"scheduled",)"
      R"("status":"failed","cancel_requested":false,"detail":"stage train: exit code 1",)"
      R"("params":{},"created_at":"1970-01-01T00:00:01.000Z",)"
      R"("started_at":"1970-01-01T00:00:02.000Z","finished_at":"1970-01-01T00:00:03.000Z",)"
      R"("stages":[{"name":"train","attempt":1,"status":"failed","exit_code":1,"detail":"",)"
      R"("started_at":"1970-01-01T00:00:02.000Z","finished_at":null}]})";
  EXPECT_EQ(get_runs("/2025-01-01").body, run);
  EXPECT_EQ(get_runs().body, R"({"runs":[)" + run + "]}");
}

TEST_F(RunRoutes, PageNewestFirstAndByStatus) {
  for (int i = 0; i < 5; ++i) {
    add_run("r" + std::to_string(i), i % 2 == 0 ? RunStatus::kFailed : RunStatus::kSucceeded);
  }
  const auto first = get_runs("?limit=2");
  EXPECT_THAT(first.body, StartsWith(R"({"runs":[{"id":"r4")"));
  EXPECT_THAT(first.body, HasSubstr(R"("next_cursor":"4"})"));
  const auto second = get_runs("?limit=2&cursor=4");
  EXPECT_THAT(second.body, StartsWith(R"({"runs":[{"id":"r2")"));
  const auto last = get_runs("?limit=2&cursor=2");
  EXPECT_THAT(last.body, StartsWith(R"({"runs":[{"id":"r0")"));
  EXPECT_THAT(last.body, Not(HasSubstr("next_cursor")));
  const auto succeeded = get_runs("?status=succeeded");
  EXPECT_THAT(succeeded.body, StartsWith(R"({"runs":[{"id":"r3")"));
  EXPECT_THAT(succeeded.body, Not(HasSubstr(R"("status":"failed","cancel)")));
}

TEST_F(RunRoutes, ShowWhatStagesPrintedInPages) {
  add_run("r1", RunStatus::kFailed, 3);
  EXPECT_EQ(get_runs("/r1/logs?limit=2").body,
            R"({"lines":[{"seq":1,"at":"1970-01-01T00:00:02.001Z","stage":"train","attempt":1,)"
            R"("text":"epoch 1"},{"seq":2,"at":"1970-01-01T00:00:02.002Z","stage":"train",)"
            R"("attempt":1,"text":"epoch 2"}],"next":2})");
  const auto last = get_runs("/r1/logs?after=2&stage=train");
  EXPECT_THAT(last.body, HasSubstr("epoch 3"));
  EXPECT_THAT(last.body, HasSubstr(R"("next":null)"));
  EXPECT_EQ(get_runs("/r1/logs?stage=publish").body, R"({"lines":[],"next":null})");
}

TEST_F(RunRoutes, QueueARunAndSayWhereItIs) {
  const auto answer = post("", R"({"pipeline":"batch","params":{}})");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(header_of(answer, "Location"), "/api/admin/runs/manual-20250101T000000Z");
  EXPECT_THAT(answer.body, StartsWith(R"({"id":"manual-20250101T000000Z",)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("logical_date":"2024-12-31","trigger":"manual",)"
                                     R"("status":"queued")"));
  EXPECT_EQ(get_runs("/manual-20250101T000000Z").body, answer.body);
  scheduler_.step();
  EXPECT_THAT(get_runs("?status=running").body, HasSubstr("manual-20250101T000000Z"));
}

TEST_F(RunRoutes, QueueABackfill) {
  const auto answer = post("", R"({"pipeline":"batch","params":{"logical_date":"2024-02-29"}})");
  EXPECT_EQ(answer.status, 202);
  EXPECT_THAT(answer.body, HasSubstr(R"("logical_date":"2024-02-29")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("params":{"logical_date":"2024-02-29"})"));
}

TEST_F(RunRoutes, RefuseASecondRunWhileOneIsActive) {
  const std::string id = queue();
  const auto second = post("", R"({"pipeline":"batch"})");
  expect_problem(second, 409, "", "second");
  EXPECT_THAT(second.body, HasSubstr(id));
}

struct Refused {
  const char* body;
  int status;
  const char* pointer;
};

TEST_F(RunRoutes, RefuseBodiesByTheirField) {
  const std::vector<Refused> table{
      {"", 400, ""},
      {"[]", 400, ""},
      {R"({"pipeline":"batch","priority":1})", 400, "/priority"},
      {R"({"pipeline":"batch","params":{"seed":1}})", 400, "/params/seed"},
      {R"({})", 422, "/pipeline"},
      {R"({"pipeline":7})", 422, "/pipeline"},
      {R"({"pipeline":"nightly"})", 422, "/pipeline"},
      {R"({"pipeline":"batch","params":[]})", 422, "/params"},
      {R"({"pipeline":"batch","params":null})", 422, "/params"},
      {R"({"pipeline":"batch","params":{"logical_date":3}})", 422, "/params/logical_date"},
      {R"({"pipeline":"batch","params":{"logical_date":"2025-02-29"}})", 422,
       "/params/logical_date"}};
  for (const Refused& row : table) {
    expect_problem(post("", row.body), row.status, row.pointer, row.body);
  }
  EXPECT_EQ(get_runs().body, R"({"runs":[]})") << "nothing was queued";
}

TEST_F(RunRoutes, CancelWhatIsActive) {
  const std::string id = queue();
  scheduler_.step();
  const auto answer = post("/" + id + "/cancel");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(header_of(answer, "Location"), "/api/admin/runs/" + id);
  EXPECT_THAT(answer.body, HasSubstr(R"("cancel_requested":true)"));
  scheduler_.step();
  EXPECT_THAT(get_runs("/" + id).body, HasSubstr(R"("status":"cancelled")"));
  expect_problem(post("/" + id + "/cancel"), 409, "", "again");
}

TEST_F(RunRoutes, RetryWhatFailedOrWasCancelled) {
  const std::string id = queue();
  cancel(id);
  const auto answer = post("/" + id + "/retry");
  EXPECT_EQ(answer.status, 202);
  EXPECT_THAT(answer.body, HasSubstr(R"("trigger":"retry","status":"queued")"));
  expect_problem(post("/" + id + "/retry"), 409, "", "it is active");
  add_run("refused", RunStatus::kRefused);
  const auto refused = post("/refused/retry");
  expect_problem(refused, 409, "", "refused");
  EXPECT_THAT(refused.body, HasSubstr("only failed and cancelled runs are retried"));
}

TEST_F(RunRoutes, Answer404ForRunsThatAreNot) {
  for (const char* target : {"/nobody", "/nobody/logs"}) {
    expect_problem(get_runs(target), 404, "", target);
  }
  for (const char* target : {"/nobody/cancel", "/nobody/retry"}) {
    expect_problem(post(target), 404, "", target);
  }
}

TEST_F(RunRoutes, RefuseQueriesByTheirParameter) {
  add_run("r1", RunStatus::kFailed);
  for (const auto& [target, name] :
       std::vector<std::pair<std::string, std::string>>{{"?limit=0", "limit"},
                                                        {"?limit=101", "limit"},
                                                        {"?limit=x", "limit"},
                                                        {"?cursor=0", "cursor"},
                                                        {"?cursor=-3", "cursor"},
                                                        {"?cursor=abc", "cursor"},
                                                        {"?status=done", "status"},
                                                        {"/r1/logs?after=-1", "after"},
                                                        {"/r1/logs?limit=1001", "limit"},
                                                        {"/r1/logs?stage=a%20b", "stage"},
                                                        {"/r1/logs?stage=", "stage"}}) {
    expect_problem(get_runs(target), 422, name, target);
  }
  expect_problem(get_runs("?page=2"), 400, "page", "unknown");
  expect_problem(get_runs("/r1?x=1"), 400, "x", "unknown");
  expect_problem(get_runs("/a b"), 422, "id", "no id");
}

TEST_F(RunRoutes, TellThatTheyCannotReachTheStore) {
  runs_.fail_next_reads(1, Error{ErrorCode::kUnavailable, "the database is busy"});
  expect_problem(get_runs(), 503, "", "list");
  runs_.fail_next_writes(1, Error{ErrorCode::kResourceExhausted, "no space left"});
  expect_problem(post("", R"({"pipeline":"batch"})"), 507, "", "trigger");
}

TEST_F(RunRoutes, ChangeNothingWhereNothingIsScheduled) {
  add_run("r1", RunStatus::kFailed);
  services_.scheduler = nullptr;
  for (const auto& [rest, body] : std::vector<std::pair<std::string, std::string>>{
           {"", R"({"pipeline":"batch"})"}, {"/r1/cancel", ""}, {"/r1/retry", ""}}) {
    const auto answer = post(rest, body);
    expect_problem(answer, 409, "", rest);
    EXPECT_THAT(answer.body, HasSubstr("role scheduler"));
  }
  EXPECT_EQ(get_runs("/r1").status, 200) << "reading goes on";
}

}  // namespace
}  // namespace marquee::api
