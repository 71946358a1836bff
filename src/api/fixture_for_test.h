#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/routes.h"
#include "http/compression.h"
#include "testing/event_builder.h"
#include "testing/fake_api_key_store.h"
#include "testing/fake_audit_log.h"
#include "testing/fake_event_log.h"
#include "testing/fake_feed_store.h"
#include "testing/fake_folded_state.h"
#include "testing/fake_profile_store.h"
#include "testing/fake_recommendation_cache.h"
#include "testing/fake_recommendation_log.h"
#include "testing/fake_run_store.h"
#include "testing/fold_batch_builder.h"
#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace marquee::api {

/// Operations that remember what they were asked.
class RecordedOperations final : public Operations {
 public:
  Result<Audit> audit() override { return audit_; }
  Result<Models> models() override { return models_; }
  Result<void> promote(const ModelVersion& version) override {
    if (version.value() == "missing") {
      return Error{ErrorCode::kNotFound, "there is no model 'missing'"};
    }
    models_.previous = models_.current;
    models_.current = version;
    return {};
  }
  Result<ModelVersion> rollback() override {
    if (!models_.previous) {
      return Error{ErrorCode::kFailedPrecondition, "there is no model before this one"};
    }
    models_.current = models_.previous;
    return *models_.current;
  }
  void invalidate_cache() override { ++invalidated_; }
  Result<void> put_movie(const Movie& movie) override {
    put_.push_back(movie);
    return {};
  }
  Result<void> hide_movie(const MovieId& id) override {
    if (id.value() == "missing") return Error{ErrorCode::kNotFound, "there is no film 'missing'"};
    hidden_.push_back(id.value());
    return {};
  }
  Health health() const override { return health_; }
  std::optional<std::int64_t> model_created_ms() const override { return model_created_ms_; }
  std::optional<Freshness> canary() const override { return canary_; }
  std::string dataset() const override { return "a test's films"; }

  Audit audit_;
  Models models_;
  Health health_;
  std::optional<std::int64_t> model_created_ms_;
  std::optional<Freshness> canary_;
  int invalidated_ = 0;
  std::vector<Movie> put_;
  std::vector<std::string> hidden_;
};

/// Stages that run until they are asked to end.
class StagesThatRun final : public scheduling::StageRunner {
 public:
  Result<std::unique_ptr<scheduling::RunningStage>> start(const scheduling::StageOrder&) override {
    return std::unique_ptr<scheduling::RunningStage>(std::make_unique<Stage>());
  }

 private:
  class Stage final : public scheduling::RunningStage {
   public:
    std::vector<std::string> take_lines() override { return {}; }
    std::optional<scheduling::StageExit> poll() override { return exit_; }
    void terminate() override { exit_ = scheduling::StageExit{std::nullopt, 15}; }
    void kill() override { terminate(); }

   private:
    std::optional<scheduling::StageExit> exit_;
  };
};

/// The routes on fakes, driven without sockets.
class RoutesTest : public ::testing::Test {
 protected:
  explicit RoutesTest(bool viewing_is_open = true)
      : authenticator_({token_, ring_}, viewing_is_open) {
    std::vector<Movie> films{testing::test_movie("1", "Toy Story (1995)", 1995, {"Animation"}),
                             testing::test_movie("2", "Heat", 1995, {"Action", "Crime"}),
                             testing::test_movie("3", "Amélie", 2001, {"Romance"}),
                             testing::test_movie("4", "Withdrawn", 2001, {"Drama"})};
    films[3].hidden = true;
    recommendations_.set_catalog(serving::make_catalog(films, movies_));
    state_.count({*movies_.find("2"), 20'000, 3});
    state_.count({*movies_.find("1"), 20'000, 1});
    operations_.health_.ready = true;
    register_routes(router_, services_);
  }
  /// Workers give each other tasks: all of them end before the first one's queue goes.
  ~RoutesTest() override {
    const auto workers = {&readers_, &operators_, &auditors_};
    for (Worker* worker : workers) worker->stop();
    for (Worker* worker : workers) worker->join();
  }

  struct Header {
    std::string name;
    std::string value;
  };

  /// What the routes answer to this request; waits for answers that come from a worker.
  http::Response ask(http::Method method, std::string_view target, std::string body = "",
                     std::vector<Header> headers = {}) {
    http::Request request;
    request.method = method;
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    split_query(target.substr(std::min(mark + 1, target.size())), request);
    request.body = std::move(body);
    for (Header& header : headers) request.headers.emplace_back(header.name, header.value);
    return dispatch(std::move(request));
  }
  http::Response get(std::string_view target, std::vector<Header> headers = {}) {
    return ask(http::Method::kGet, target, "", std::move(headers));
  }
  http::Response post_event(std::string body, std::string type = "application/json") {
    return ask(http::Method::kPost, "/api/events", std::move(body),
               {{"content-type", std::move(type)}});
  }
  http::Response as_operator(http::Method method, std::string_view target, std::string body = "") {
    return ask(
        method, target, std::move(body),
        {{"authorization", "Bearer " + token_.text()}, {"content-type", "application/json"}});
  }

  http::Response dispatch(http::Request request) {
    struct Waiting {
      std::mutex mutex;
      std::condition_variable ready;
      std::vector<http::Response> answers;
    };
    const auto waiting = std::make_shared<Waiting>();
    router_.dispatch(std::move(request), [waiting](http::Response response) {
      const std::lock_guard lock(waiting->mutex);
      waiting->answers.push_back(std::move(response));
      waiting->ready.notify_all();
    });
    std::unique_lock lock(waiting->mutex);
    const bool answered = waiting->ready.wait_for(lock, std::chrono::seconds(10),
                                                  [&] { return !waiting->answers.empty(); });
    EXPECT_TRUE(answered);
    if (!answered) return {};
    EXPECT_EQ(waiting->answers.size(), 1U);
    return waiting->answers.front();
  }

  static std::string header_of(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }
  /// That `response` is a problem document of this status that names `pointer`.
  static void expect_problem(const http::Response& response, int status, std::string_view pointer,
                             std::string_view context) {
    EXPECT_EQ(response.status, status) << context << "\n" << response.body;
    EXPECT_EQ(response.content_type, "application/problem+json") << context;
    if (!pointer.empty()) {
      EXPECT_THAT(response.body,
                  ::testing::HasSubstr("\"pointer\":\"" + std::string(pointer) + "\""))
          << context;
    }
  }

  testing::ManualClock clock_;
  telemetry::Metrics metrics_;
  MovieTable movies_;
  testing::TemporaryDirectory directory_;
  identity::OperatorToken token_ = std::move(
      identity::OperatorToken::load_or_create(directory_.path() / "operator.token").value());
  testing::FakeApiKeyStore key_store_;
  identity::KeyRing ring_{clock_};
  identity::ApiKeys keys_{key_store_, ring_, clock_};
  testing::FakeAuditLog audit_log_;
  identity::Authenticator authenticator_;
  testing::FakeEventLog log_{clock_};
  ingest::Ingestor ingestor_{log_, clock_, metrics_, {}};
  testing::FakeFoldedState state_{clock_, testing::FakeFoldedState::Waits::kEndAtOnce};
  testing::FakeProfileStore profiles_;
  testing::FakeFeedStore feed_;
  testing::FakeRecommendationCache cache_;
  testing::FakeRecommendationLog shown_{&profiles_};
  serving::ShownListWriter shown_writer_{shown_, metrics_, {}};
  serving::RecommendationService recommendations_{
      {clock_, state_, feed_, cache_, shown_writer_, movies_, metrics_}, {}};
  serving::MovieSearch search_{recommendations_, state_};
  ChangeStreams changes_{log_, state_, clock_, {}};
  RecordedOperations operations_;
  testing::FakeRunStore runs_;
  StagesThatRun stages_;
  scheduling::Scheduler scheduler_{{runs_, stages_, clock_, metrics_}, {}};
  Worker readers_;
  Worker operators_;
  Worker auditors_;
  RequestTotals totals_;
  std::map<std::string, PageAsset, std::less<>> assets_;
  Services services_{clock_,
                     metrics_,
                     movies_,
                     ingestor_,
                     log_,
                     state_,
                     profiles_,
                     shown_,
                     recommendations_,
                     search_,
                     changes_,
                     runs_,
                     &scheduler_,
                     authenticator_,
                     keys_,
                     audit_log_,
                     operations_,
                     readers_,
                     operators_,
                     auditors_,
                     totals_,
                     [this](std::string_view path) -> std::optional<PageAsset> {
                       const auto found = assets_.find(path);
                       if (found == assets_.end()) return std::nullopt;
                       return found->second;
                     }};
  http::Router router_;

 private:
  static void split_query(std::string_view text, http::Request& request) {
    while (!text.empty()) {
      const std::string_view pair = text.substr(0, text.find('&'));
      text.remove_prefix(std::min(pair.size() + 1, text.size()));
      const std::size_t equals = std::min(pair.find('='), pair.size());
      request.query.emplace_back(pair.substr(0, equals),
                                 pair.substr(std::min(equals + 1, pair.size())));
    }
  }
};

}  // namespace marquee::api
