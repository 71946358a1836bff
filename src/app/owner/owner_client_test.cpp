// Goal: whatever the other side of the connection is or does, a command gets the whole answer of a
// healthy server or one clear error, and never takes half an answer for one.

#include "app/owner/owner_client.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/server/raw_server_fixture.h"

namespace marquee::app {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string http_answer(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

Result<std::string> ask(const RawServer& server) {
  return ask_owner({server.address(), "secret"}, "POST", "/api/admin/models/als_1/promote");
}

Error error_of(std::vector<std::string> pieces) {
  const RawServer server(std::move(pieces));
  const auto answer = ask(server);
  EXPECT_FALSE(answer.ok()) << *answer;
  return answer.ok() ? Error{} : answer.error();
}

TEST(OwnerClient, SendsOneRequestAsOperatorAndGivesTheBody) {
  RawServer server({http_answer("200 OK", R"({"current":"als_1"})")});
  const auto answer = ask(server);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(*answer, R"({"current":"als_1"})");
  const std::string& request = server.request();
  EXPECT_THAT(request, StartsWith("POST /api/admin/models/als_1/promote HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nAuthorization: Bearer secret\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nConnection: close\r\n"));
}

TEST(OwnerClient, PutsAnAnswerTogetherThatComesByteByByte) {
  std::vector<std::string> bytes;
  for (const char c : http_answer("202 Accepted", "{\"a\":1}\r\n\r\n")) bytes.emplace_back(1, c);
  const RawServer server(std::move(bytes));
  const auto answer = ask(server);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(*answer, "{\"a\":1}\r\n\r\n") << "a blank line inside the body belongs to it";
}

TEST(OwnerClient, IsNotEndedByASignalThatItsProcessHandles) {
  struct sigaction nothing{};
  nothing.sa_handler = [](int) {};
  nothing.sa_flags = SA_RESTART;
  struct sigaction before{};
  ASSERT_EQ(::sigaction(SIGUSR1, &nothing, &before), 0);
  std::atomic<bool> done = false;
  std::thread signals([&done, asking = ::pthread_self()] {
    while (!done) {
      ::pthread_kill(asking, SIGUSR1);
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  });
  for (int time = 0; time < 20; ++time) {
    std::vector<std::string> bytes;
    for (const char c : http_answer("200 OK", std::string(200, 'x'))) bytes.emplace_back(1, c);
    const RawServer server(std::move(bytes));
    const auto answer = ask(server);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
  }
  done = true;
  signals.join();
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST(OwnerClient, TakesALargeBodyWhole) {
  const std::string body(3'000'000, 'x');
  const RawServer server({http_answer("200 OK", body)});
  const auto answer = ask(server);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->size(), body.size());
}

TEST(OwnerClient, AnAnswerWithoutBodyIsEmpty) {
  const RawServer server({"HTTP/1.1 204 No Content\r\n\r\n"});
  EXPECT_EQ(*ask(server), "");
}

struct Refusal {
  const char* status;
  ErrorCode code;
};

class Refusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refusals, BecomeErrorsWithTheDetailOfTheProblem) {
  const Error error = error_of({http_answer(
      GetParam().status, R"({"type":"about:blank","title":"No","detail":"there is no als_1"})")});
  EXPECT_EQ(error.code, GetParam().code);
  EXPECT_THAT(error.message, HasSubstr(std::string(GetParam().status).substr(0, 3)));
  EXPECT_THAT(error.message, HasSubstr(": there is no als_1"));
  EXPECT_THAT(error.message, HasSubstr("http://127.0.0.1:"));
}

INSTANTIATE_TEST_SUITE_P(OwnerClient, Refusals,
                         ::testing::Values(Refusal{"401 Unauthorized", ErrorCode::kUnauthenticated},
                                           Refusal{"403 Forbidden", ErrorCode::kPermissionDenied},
                                           Refusal{"404 Not Found", ErrorCode::kNotFound},
                                           Refusal{"409 Conflict", ErrorCode::kFailedPrecondition},
                                           Refusal{"422 Unprocessable",
                                                   ErrorCode::kInvalidArgument},
                                           Refusal{"500 Oops", ErrorCode::kUnavailable},
                                           Refusal{"503 Busy", ErrorCode::kUnavailable},
                                           Refusal{"302 Elsewhere", ErrorCode::kUnavailable}));

TEST(OwnerClient, TellsARefusalAndDamagedDataByTheProblemsType) {
  EXPECT_EQ(
      error_of({http_answer("409 Conflict", R"({"type":"/docs#refused","detail":"x"})")}).code,
      ErrorCode::kRefused);
  EXPECT_EQ(
      error_of({http_answer("500 Oops", R"({"type":"/docs#data-damaged","detail":"x"})")}).code,
      ErrorCode::kDataLoss);
}

TEST(OwnerClient, GivesADetailWithQuotesWhole) {
  const Error error = error_of({http_answer(
      "409 Conflict", R"({"detail":"model \"als_1\" has no \\ and no\nlists","x":1})")});
  EXPECT_THAT(error.message, HasSubstr("model \"als_1\" has no \\ and no"));
  EXPECT_THAT(error.message, HasSubstr("lists"));
  EXPECT_EQ(error.message.find('\n'), std::string::npos) << "one line: " << error.message;
}

TEST(OwnerClient, AnErrorWithoutAProblemDocumentStillSaysWhatCame) {
  EXPECT_THAT(error_of({http_answer("502 Bad Gateway", "<html>nginx</html>")}).message,
              HasSubstr("nginx"));
}

class NoAnswers : public ::testing::TestWithParam<const char*> {};

TEST_P(NoAnswers, AreUnavailableAndNeverTakenForSuccess) {
  const Error error = error_of({GetParam()});
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("http://127.0.0.1:"));
}

INSTANTIATE_TEST_SUITE_P(
    OwnerClient, NoAnswers,
    ::testing::Values("",                                          // hangs up at once
                      "SSH-2.0-OpenSSH_9.2\r\n\r\n",               // another protocol
                      "garbage: 200 all is well\r\n\r\n{}",        // looks like it
                      "HTTP/1.1 200",                              // cut in the first line
                      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",  // cut in the head
                      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\":",  // cut in the body
                      "HTTP/1.1 2 0 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "\r\n\r\n",
                      "HTTP/1.1 99 Low\r\n\r\n"));

TEST(OwnerClient, AServerThatIsGoneIsNamed) {
  std::string address;
  {
    const RawServer server({});
    address = server.address();
  }
  const auto answer = ask_owner({address, "secret"}, "GET", "/");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().message, HasSubstr(address));
}

TEST(OwnerClient, WhatIsNoAddressIsRefusedWithoutAConnection) {
  for (const char* address : {"", "nonsense", "127.0.0.1:80", "http://127.0.0.1"}) {
    const auto answer = ask_owner({address, "secret"}, "GET", "/");
    ASSERT_FALSE(answer.ok()) << address;
    EXPECT_THAT(answer.error().message, HasSubstr(address));
  }
}

}  // namespace
}  // namespace marquee::app
