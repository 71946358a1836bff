#include <set>
#include <string>

#include "api/fixture_for_test.h"
#include "identity/permissions.h"
#include "identity/role.h"

namespace marquee::api {
namespace {

using http::Method;
using ::testing::HasSubstr;
using ::testing::Not;

using Routes = RoutesTest;

TEST_F(Routes, AllStandInThePermissionTableAndItHoldsNoOthers) {
  std::size_t known = 0;
  for (const auto& route : router_.routes()) {
    const bool named = identity::find_permission(to_string(route.method), route.pattern) != nullptr;
    EXPECT_TRUE(named) << to_string(route.method) << " " << route.pattern;
    if (named) ++known;
  }
  EXPECT_EQ(known, identity::permissions().size());
}

TEST_F(Routes, OfOperatorsAnswer401WithoutACredential) {
  for (const auto& permission : identity::permissions()) {
    if (permission.roles.has(identity::Role::kGuest)) continue;
    std::string target(permission.pattern);
    if (const auto at = target.find('{'); at != std::string::npos) {
      target.replace(at, target.find('}') - at + 1, "x1");
    }
    const auto answer = ask(http::parse_method(permission.method), target);
    expect_problem(answer, 401, "", target);
    EXPECT_EQ(header_of(answer, "WWW-Authenticate"), "Bearer");
  }
}

TEST_F(Routes, OfAProcessWithoutViewersAreThoseOfOperatorsAndOfItsHealth) {
  http::Router router;
  register_service_routes(router, services_);
  std::set<std::string> patterns;
  for (const auto& route : router.routes()) patterns.insert(route.pattern);
  // a stage that publishes asks the owner of its directory, whatever its roles
  for (const char* pattern : {"/api/admin/models/{version}/promote", "/api/admin/audit",
                              "/api/admin/cache/invalidate", "/api/admin/runs", "/metrics"}) {
    EXPECT_TRUE(patterns.contains(pattern)) << pattern;
  }
  EXPECT_FALSE(patterns.contains("/api/events"));
  EXPECT_FALSE(patterns.contains("/api/recommendations"));
}

using HealthRoutes = RoutesTest;

TEST_F(HealthRoutes, AnswerAsTheGatewayDoes) {
  const auto answer = get("/health");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "Gateway OK");
  EXPECT_THAT(answer.content_type, ::testing::StartsWith("text/plain"));
}

TEST_F(HealthRoutes, ShowEveryDependency) {
  operations_.health_.model = {"degraded", 0, "no model yet"};
  const auto answer = get("/api/health");
  EXPECT_EQ(answer.status, 200) << "degraded still serves";
  EXPECT_THAT(answer.body,
              ::testing::StartsWith(R"({"status":"degraded","dependencies":{"events":)"));
  for (const char* name : {"events", "state", "cache", "objects"}) {
    EXPECT_THAT(answer.body, HasSubstr(std::string("\"") + name + R"(":{"status":"ok","since":")"));
  }
  EXPECT_THAT(answer.body, HasSubstr(R"("model":{"status":"degraded","since":)"
                                     R"("1970-01-01T00:00:00.000Z","detail":"no model yet"})"));
  EXPECT_THAT(answer.body, HasSubstr(R"("version":")"));
}

TEST_F(HealthRoutes, TellOfRetrievalOnlyWhereAServerSearches) {
  EXPECT_EQ(get("/api/health").body.find("retrieval"), std::string::npos);
  operations_.health_.retrieval = api::DependencyHealth{"ok", 0, ""};
  EXPECT_NE(get("/api/health").body.find(R"("status":"ok","dependencies")"), std::string::npos);
  operations_.health_.retrieval->status = "degraded";
  const auto answer = get("/api/health");
  EXPECT_EQ(answer.status, 200) << "the own sweep answers";
  EXPECT_NE(answer.body.find(R"("status":"degraded","dependencies")"), std::string::npos);
  EXPECT_NE(answer.body.find(R"("retrieval":{"status":"degraded")"), std::string::npos);
}

TEST_F(HealthRoutes, AreDownOnlyWhenNothingIsLeftToServe) {
  operations_.health_.events.status = "down";
  EXPECT_EQ(get("/api/health").status, 200);
  operations_.health_.state.status = "down";
  const auto answer = get("/api/health");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr(R"("status":"down")"));
  EXPECT_EQ(get("/health/ready").status, 200) << "not ready means starting, nothing else";
}

TEST_F(HealthRoutes, AreLiveBeforeTheyAreReady) {
  operations_.health_.ready = false;
  EXPECT_EQ(get("/health/live").status, 200);
  expect_problem(get("/health/ready"), 503, "", "starting");
  operations_.health_.ready = true;
  EXPECT_EQ(get("/health/ready").status, 200);
}

using MetricsRoutes = RoutesTest;

TEST_F(MetricsRoutes, CountViewersCallsAndNotPolls) {
  get("/api/recommendations?user_id=u1");
  get("/api/recommendations?user_id=u1");
  post_event(R"({"user_id":"u1","movie_id":"1","event_type":"click"})");
  get("/health");
  get("/api/metrics");
  const auto answer = get("/api/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, ::testing::StartsWith(R"({"total_requests":3,"cache_hit_rate":)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("avg_response_time_ms":)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("ctr":0)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("events":{"received":1,"accepted":1,)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("model_version":null)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("dataset":"a test's films")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("movies":3)"));
}

TEST_F(MetricsRoutes, TellWhatHealthSaysOfEachDependency) {
  operations_.health_.events = operations_.health_.state =
      operations_.health_.cache = {"ok", 0, ""};
  operations_.health_.objects = {"degraded", 0, "away"};
  get("/metrics");
  const auto up = [&](const std::string& name) {
    for (const auto& sample : metrics_.samples("marquee_dependency_up")) {
      if (sample.labels.at("dependency") == name) return sample.value;
    }
    return -1.0;
  };
  EXPECT_EQ(up("events"), 1);
  EXPECT_EQ(up("objects"), 0);
  EXPECT_EQ(up("retrieval"), -1) << "no server searches";
  operations_.health_.objects.status = "ok";
  get("/metrics");
  EXPECT_EQ(up("objects"), 1);
}

TEST_F(MetricsRoutes, ReadWhatTheOthersCountedAndMakeNothingUp) {
  metrics_.counter("marquee_cache_hits_total", "hits").add(3);
  metrics_.counter("marquee_cache_misses_total", "misses").add(1);
  metrics_.histogram("marquee_freshness_seconds", "freshness").observe(0.002);
  const auto answer = get("/api/metrics");
  EXPECT_THAT(answer.body, HasSubstr(R"("cache_hit_rate":0.75)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("cache_lookups":4)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("avg_freshness_ms":2)"));
  EXPECT_TRUE(metrics_.samples("marquee_events_pending").empty());
}

TEST_F(MetricsRoutes, TellMedianAndTailOfListsAndFreshness) {
  EXPECT_THAT(get("/api/metrics").body, HasSubstr(R"("list_time_ms":null)"));
  EXPECT_THAT(get("/api/metrics").body, HasSubstr(R"("freshness_ms":null)"));
  const auto seconds = [this](const char* route, double took) {
    metrics_.histogram("marquee_request_seconds", "s", {{"route", route}, {"tier", "hybrid"}})
        .observe(took);
  };
  for (int i = 0; i < 99; ++i) seconds("/api/recommendations", 0.0009);
  for (int i = 0; i < 99; ++i) seconds("/api/movies", 5);  // no list
  metrics_.histogram("marquee_freshness_seconds", "freshness").observe(0.02);
  const auto answer = get("/api/metrics");
  EXPECT_THAT(answer.body, HasSubstr(R"("list_time_ms":{"p50":0.75,"p99":0.995)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("freshness_ms":{"p50":17.5,"p99":24.85)"));
}

TEST_F(MetricsRoutes, TellTheModelsAgeWhenThereIsOne) {
  EXPECT_THAT(get("/api/metrics").body, HasSubstr(R"("model_age_s":null)"));
  operations_.model_created_ms_ = clock_.wall_ms() - 90'000;
  EXPECT_THAT(get("/api/metrics").body, HasSubstr(R"("model_age_s":90)"));
}

TEST_F(MetricsRoutes, TellWhatTheCanaryMeasured) {
  EXPECT_THAT(get("/api/metrics").body, HasSubstr(R"("canary":null)"));
  EXPECT_THAT(get("/api/metrics").body, HasSubstr(R"("by_canary":0)"));
  UserProfile profile;
  profile.version = 7;
  state_.put("marquee:canary", profile);
  EXPECT_THAT(get("/api/metrics").body, HasSubstr(R"("by_canary":7)"));
  profile.version = 4;
  state_.put("marquee:canary-17", profile);
  EXPECT_THAT(get("/api/metrics").body, HasSubstr(R"("by_canary":11)")) << "of another process too";
  operations_.canary_.emplace();
  operations_.canary_->failed = operations_.canary_->failed_in_a_row = 3;
  EXPECT_THAT(get("/api/metrics").body,
              HasSubstr(R"("canary":{"acknowledged_ms":null,"visible_ms":null,"measured":0,)"
                        R"("failed":3,"failed_in_a_row":3,"last_success":null})"));
  operations_.canary_->visible_ms = {2.5, 7};
  operations_.canary_->last_success_ms = 0;
  const auto answer = get("/api/metrics");
  EXPECT_THAT(answer.body, HasSubstr(R"("visible_ms":{"p50":2.5,"p99":7})"));
  EXPECT_THAT(answer.body, HasSubstr(R"("last_success":"1970-01-01T00:00:00)"));
}

TEST_F(MetricsRoutes, ExposeHowFullIsWhatHasALimit) {
  QueueState state{3, 10, 2};
  services_.queues = [&] {
    return std::vector<std::pair<std::string, QueueState>>{{"log_events", state}};
  };
  EXPECT_THAT(get("/metrics").body, HasSubstr("marquee_queue_depth{queue=\"log_events\"} 3"));
  state.refused = 7;
  const auto answer = get("/metrics");
  EXPECT_THAT(answer.body, HasSubstr("marquee_queue_limit{queue=\"log_events\"} 10"));
  EXPECT_THAT(answer.body, HasSubstr("marquee_queue_refused_total{queue=\"log_events\"} 7"));
}

TEST_F(MetricsRoutes, ExposeThemToPrometheus) {
  post_event("broken");
  const auto answer = get("/metrics");
  EXPECT_THAT(answer.content_type,
              ::testing::StartsWith("application/openmetrics-text; version=1.0.0"));
  EXPECT_THAT(answer.body, ::testing::EndsWith("# EOF\n"));
  EXPECT_THAT(answer.body, HasSubstr("marquee_events_total{result=\"rejected\"} 1"));
}

using AdminRoutes = RoutesTest;

TEST_F(AdminRoutes, ShowTheAudit) {
  operations_.audit_ = {.received = 5,
                        .duplicate = 1,
                        .rejected = 1,
                        .accepted_here = 3,
                        .accepted = 10,
                        .applied = 7,
                        .deduplicated = 1,
                        .dead_lettered = 0,
                        .pending = 2};
  const auto answer = as_operator(Method::kGet, "/api/admin/audit");
  EXPECT_EQ(answer.status, 200);
  for (const char* member : {R"("received":5)", R"("accepted":10)", R"("duplicate":1)",
                             R"("rejected":1)", R"("applied":7)", R"("deduplicated":1)",
                             R"("dead_lettered":0)", R"("pending":2)", R"("holds":true)"}) {
    EXPECT_THAT(answer.body, HasSubstr(member));
  }
  operations_.audit_.pending = 3;
  EXPECT_THAT(as_operator(Method::kGet, "/api/admin/audit").body, HasSubstr(R"("holds":false)"));
}

TEST_F(AdminRoutes, ShowHowFarTheStateIs) {
  state_.apply_up_to(42);
  EXPECT_EQ(as_operator(Method::kGet, "/api/admin/state").body, R"({"applied":["e:42"]})");
}

TEST_F(AdminRoutes, ListPromoteAndRollBackModels) {
  operations_.models_ = {{{ModelVersion("als_2"), 1'000, R"({"k":64})", 2'000},
                          {ModelVersion("als_1"), 0, "{}", std::nullopt}},
                         ModelVersion("als_2"),
                         std::nullopt};
  const auto list = as_operator(Method::kGet, "/api/admin/models");
  EXPECT_THAT(list.body, ::testing::StartsWith(R"({"models":[{"version":"als_2","current":true)"));
  EXPECT_THAT(list.body, HasSubstr(R"("manifest":{"k":64})"));
  EXPECT_THAT(list.body, HasSubstr(R"("promoted_at":null)"));
  expect_problem(as_operator(Method::kPost, "/api/admin/models/rollback"), 409, "", "no previous");
  EXPECT_EQ(as_operator(Method::kPost, "/api/admin/models/als_1/promote").body,
            R"({"current":"als_1"})");
  EXPECT_EQ(as_operator(Method::kPost, "/api/admin/models/rollback").body,
            R"({"current":"als_2"})");
  EXPECT_EQ(as_operator(Method::kGet, "/api/admin/models/als_1").status, 200);
}

TEST_F(AdminRoutes, DropCachedLists) {
  EXPECT_EQ(as_operator(Method::kPost, "/api/admin/cache/invalidate").body,
            R"({"status":"invalidated"})");
  EXPECT_EQ(operations_.invalidated_, 1);
}

TEST_F(AdminRoutes, RefuseWhatIsNotThere) {
  expect_problem(as_operator(Method::kPost, "/api/admin/models/missing/promote"), 404, "",
                 "missing");
  expect_problem(as_operator(Method::kPost, "/api/admin/models/a b/promote"), 422, "", "bad");
  expect_problem(as_operator(Method::kGet, "/api/admin/models/als_9"), 404, "", "unknown");
  expect_problem(as_operator(Method::kGet, "/api/admin/audit?x=1"), 400, "x", "parameter");
  expect_problem(as_operator(Method::kGet, "/api/admin/unheard/of"), 404, "", "no route");
}

class PageRoutes : public RoutesTest {
 protected:
  PageRoutes() {
    assets_["/index.html"] = {"text/html; charset=utf-8", "\"i1\"", page_, false};
    assets_["/assets/app-1.js"] = {"text/javascript", "\"j1\"", script_, true};
  }
  const std::string page_ = http::gzip("<title>Marquee</title>").value();
  const std::string script_ = http::gzip("run()").value();
  const Header gzip_{"accept-encoding", "gzip"};
};

TEST_F(PageRoutes, ServeFilesWithoutCopyingThem) {
  const auto answer = get("/assets/app-1.js", {gzip_});
  EXPECT_EQ(answer.status, 200);
  ASSERT_TRUE(answer.static_body.has_value());
  EXPECT_EQ(answer.static_body->data(), script_.data());
  EXPECT_EQ(header_of(answer, "Content-Encoding"), "gzip");
  EXPECT_EQ(header_of(answer, "Vary"), "Accept-Encoding");
  EXPECT_EQ(header_of(answer, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(get("/assets/app-1.js", {gzip_, {"if-none-match", "\"j1\""}}).status, 304);
}

TEST_F(PageRoutes, UnpackForClientsWithoutGzip) {
  const auto answer = get("/");
  EXPECT_EQ(answer.body, "<title>Marquee</title>");
  EXPECT_FALSE(answer.static_body.has_value());
  EXPECT_EQ(header_of(answer, "Content-Encoding"), "");
}

TEST_F(PageRoutes, TagEachEncodingAndSendNoneTwice) {
  EXPECT_EQ(header_of(get("/"), "ETag"), "\"i1\"");
  EXPECT_EQ(header_of(get("/", {gzip_}), "ETag"), "\"i1-gzip\"") << "two representations";
  for (const char* have : {"\"i1\"", "\"i1-gzip\""}) {
    const auto plain = get("/", {{"if-none-match", have}});
    EXPECT_EQ(plain.status, 304) << have;
    EXPECT_EQ(plain.body, "");
    const auto packed = get("/", {gzip_, {"if-none-match", have}});
    EXPECT_EQ(packed.status, 304) << have;
    EXPECT_FALSE(packed.static_body.has_value());
    EXPECT_EQ(header_of(packed, "ETag"), "\"i1-gzip\"");
  }
  EXPECT_EQ(get("/", {{"if-none-match", "\"i2\""}}).status, 200);
}

TEST_F(PageRoutes, ServeTheDocumentAndItsPage) {
  const std::string document = http::gzip("{}").value();
  expect_problem(get("/openapi.json"), 404, "", "a program without the file");
  assets_["/openapi.json"] = {"application/json", "\"o1\"", document, false};
  assets_["/docs.html"] = {"text/html; charset=utf-8", "\"d1\"", page_, false};
  EXPECT_EQ(get("/openapi.json").body, "{}");
  EXPECT_EQ(get("/openapi.json").content_type, "application/json");
  EXPECT_EQ(get("/docs").body, "<title>Marquee</title>");
  EXPECT_EQ(get("/docs", {gzip_, {"if-none-match", "\"d1\""}}).status, 304);
  expect_problem(get("/docs?theme=dark"), 400, "theme", "unknown parameter");
  EXPECT_EQ(header_of(ask(Method::kPost, "/docs"), "Allow"), "GET, HEAD, OPTIONS");
}

TEST_F(PageRoutes, GiveEveryAddressOfThePageTheStartPage) {
  for (const char* path : {"/", "/index.html", "/console", "/movies/7"}) {
    const auto answer = get(path, {gzip_});
    EXPECT_EQ(answer.content_type, "text/html; charset=utf-8") << path;
    EXPECT_EQ(header_of(answer, "Cache-Control"), "no-cache");
  }
}

TEST_F(PageRoutes, SendAdminToTheConsole) {
  for (const char* path : {"/admin", "/admin/"}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 302) << path;
    EXPECT_EQ(header_of(answer, "Location"), "/console");
  }
  EXPECT_EQ(get("/administration").status, 200);
}

TEST_F(PageRoutes, Answer404ForMissingFilesAndUnknownCalls) {
  for (const char* path : {"/missing.js", "/api", "/api/", "/api/nothing", "/../etc/passwd.txt"}) {
    expect_problem(get(path), 404, "", path);
  }
}

TEST_F(PageRoutes, CanOnlyBeRead) {
  const auto answer = ask(Method::kPost, "/");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(header_of(answer, "Allow"), "GET, HEAD");
}

}  // namespace
}  // namespace marquee::api
