#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/embedded/files/server_file.h"
#include "app/doctor/checks.h"
#include "app/owner/owner_client.h"
#include "identity/operator_token.h"

namespace marquee::app::doctor {
namespace {

constexpr const char* kServerCheck = "server";

/// Why nobody can listen there; none when one can.
std::optional<std::string> cannot_listen(const std::string& host, std::int64_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failure != 0) return std::string(::gai_strerror(failure));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  const int fd = ::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::nullopt;  // no sockets of this family: the start will say so
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  std::optional<std::string> problem;
  if (::bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, 1) != 0) {
    problem = std::error_code(errno, std::generic_category()).message();
  }
  ::close(fd);
  return problem;
}

void check_port(const Settings& settings, Report& report) {
  const std::string address = fmt::format("{}:{}", settings.server_host, settings.server_port);
  if (const auto problem = cannot_listen(settings.server_host, settings.server_port)) {
    report.error(kServerCheck, address, "cannot listen there: " + *problem,
                 "end what uses it, or choose another with --port or --host");
    return;
  }
  report.ok(kServerCheck, address, "no server runs; the address is free");
}

/// The operator's token as it is; empty when this process cannot have it. Makes none.
std::string token_of(const formats::ServerInfo& server) {
  std::error_code ignored;
  if (!std::filesystem::exists(server.token_file, ignored)) return "";
  const auto token = identity::OperatorToken::load_or_create(server.token_file);
  return token.ok() ? token->text() : "";
}

}  // namespace

void check_server(Subject& subject, Report& report) {
  const auto server = embedded::read_server_file(subject.paths.directory.string());
  if (!server.ok() || !*server) return check_port(subject.settings, report);
  subject.server = **server;
  const Owner owner{subject.server->address, token_of(*subject.server)};
  const auto answer = ask_owner(owner, "GET", "/api/health");
  const std::string name = fmt::format("{} (pid {})", subject.server->address, subject.server->pid);
  if (!answer.ok()) {
    report.error(kServerCheck, name, "runs and does not answer: " + answer.error().message,
                 "look at its log; end it by its pid and start it again", ErrorCode::kUnavailable);
  } else if (answer->find("{\"status\":\"ok\"") != 0) {
    report.warning(kServerCheck, name, "runs and is not well: " + *answer,
                   "what is wrong is told by the dependency's detail");
  } else if (owner.token.empty()) {
    report.warning(kServerCheck, name, "runs and is well; commands here lack the operator's token",
                   fmt::format("run as its owner, or mend {}", subject.server->token_file));
  } else {
    report.ok(kServerCheck, name, "runs and is well");
  }
}

}  // namespace marquee::app::doctor
