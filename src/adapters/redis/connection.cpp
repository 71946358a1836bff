#include "adapters/redis/connection.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <hiredis/sds.h>
#include <poll.h>
#include <sys/socket.h>

namespace marquee::redis {
namespace {

/// No reply of ours has more. hiredis allocates what an array's head announces, and frees it
/// element by element: a head that lies would cost gigabytes and seconds.
constexpr int kArrayElementsMax = 4'096;

const redisReplyObjectFunctions& default_functions() {
  struct FreeReader {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  static const redisReplyObjectFunctions functions =
      *std::unique_ptr<redisReader, FreeReader>(redisReaderCreate())->fn;
  return functions;
}

void* create_bounded_array(const redisReadTask* task, int elements) {
  return elements > kArrayElementsMax ? nullptr : default_functions().createArray(task, elements);
}

redisReplyObjectFunctions* bounded_functions() {
  static redisReplyObjectFunctions functions = [] {
    redisReplyObjectFunctions bounded = default_functions();
    bounded.createArray = create_bounded_array;
    return bounded;
  }();
  return &functions;
}

}  // namespace

std::string_view text_of(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_STRING && reply.type != REDIS_REPLY_STATUS) return {};
  return {reply.str, reply.len};
}

Result<void> check_reply(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ERROR) return {};
  return Error{ErrorCode::kUnavailable, "Redis says: " + std::string(reply.str, reply.len)};
}

Result<Connection> Connection::open(const RedisAddress& address, SteadyTime deadline) {
  Connection connection(Context(redisConnectNonBlock(address.host.c_str(), address.port)));
  if (!connection.context_) return Error{ErrorCode::kUnavailable, "no memory for a connection"};
  if (connection.context_->err != 0) return connection.failure();
  connection.context_->reader->fn = bounded_functions();
  MARQUEE_CHECK(connection.wait_for(POLLOUT, deadline));
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(connection.context_->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return Error{ErrorCode::kUnavailable, std::strerror(error)};
  if (address.tls != nullptr) MARQUEE_CHECK(connection.begin_tls(address, deadline));
  return connection;
}

Result<void> Connection::begin_tls(const RedisAddress& address, SteadyTime deadline) {
  MARQUEE_TRY(tls_, address.tls->on(context_->fd, address.host));
  for (;;) {
    MARQUEE_TRY(const TlsStream::Progress progress, tls_->shake_hands());
    if (progress.wait_for == 0) return {};
    MARQUEE_CHECK(wait_for(progress.wait_for, deadline));
  }
}

Result<std::vector<Reply>> Connection::exchange(std::span<const Command> commands,
                                                SteadyTime deadline) {
  MARQUEE_CHECK(send(commands, deadline));
  std::vector<Reply> replies;
  replies.reserve(commands.size());
  while (replies.size() < commands.size()) {
    MARQUEE_TRY(Reply reply, receive(deadline));
    replies.push_back(std::move(reply));
  }
  return replies;
}

Result<void> Connection::send(std::span<const Command> commands, SteadyTime deadline) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const Command& command : commands) {
    words.clear();
    sizes.clear();
    for (const std::string_view word : command) {
      words.push_back(word.data());
      sizes.push_back(word.size());
    }
    if (redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), words.data(),
                               sizes.data()) != REDIS_OK) {
      return failure();
    }
  }
  return flush(deadline);
}

Result<void> Connection::flush(SteadyTime deadline) {
  if (tls_) return flush_tls(deadline);
  for (;;) {
    int done = 0;
    if (redisBufferWrite(context_.get(), &done) != REDIS_OK) return failure();
    if (done != 0) return {};
    MARQUEE_CHECK(wait_for(POLLOUT, deadline));
  }
}

/// What hiredis has written down and would send itself.
Result<void> Connection::flush_tls(SteadyTime deadline) {
  std::string_view left(context_->obuf, sdslen(context_->obuf));
  while (!left.empty()) {
    MARQUEE_TRY(const TlsStream::Progress progress, tls_->write(left));
    left.remove_prefix(progress.bytes);
    if (progress.wait_for != 0) MARQUEE_CHECK(wait_for(progress.wait_for, deadline));
  }
  sdssetlen(context_->obuf, 0);  // sdsclear() is declared for C++ without extern "C"
  context_->obuf[0] = '\0';
  return {};
}

Result<void> Connection::read_more(SteadyTime deadline) {
  if (tls_) return read_more_tls(deadline);
  MARQUEE_CHECK(wait_for(POLLIN, deadline));
  if (redisBufferRead(context_.get()) != REDIS_OK) return failure();
  return {};
}

/// Reads before it waits: what has come may lie decrypted already.
Result<void> Connection::read_more_tls(SteadyTime deadline) {
  std::array<char, 16'384> piece;  // a record of TLS has no more
  for (;;) {
    MARQUEE_TRY(const TlsStream::Progress progress, tls_->read(piece));
    if (progress.bytes == 0) {
      MARQUEE_CHECK(wait_for(progress.wait_for, deadline));
      continue;
    }
    if (redisReaderFeed(context_->reader, piece.data(), progress.bytes) == REDIS_OK) return {};
    return Error{ErrorCode::kUnavailable, context_->reader->errstr};
  }
}

Result<Reply> Connection::receive(SteadyTime deadline) {
  for (;;) {
    void* reply = nullptr;
    if (redisGetReplyFromReader(context_.get(), &reply) != REDIS_OK) return failure();
    if (reply != nullptr) return Reply(static_cast<redisReply*>(reply));
    MARQUEE_CHECK(read_more(deadline));
  }
}

Result<std::optional<Reply>> Connection::receive_until(SteadyTime until) {
  auto reply = receive(until);
  if (reply.ok()) return std::optional<Reply>(std::move(reply).value());
  // What came in part stays with the reader, so the next call goes on with it.
  if (reply.error().code == ErrorCode::kDeadlineExceeded) return std::optional<Reply>();
  return std::move(reply).error();
}

Result<void> Connection::wait_for(short events, SteadyTime deadline) {
  using std::chrono::milliseconds;
  pollfd socket{context_->fd, events, 0};
  for (;;) {
    const auto left =
        std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return Error{ErrorCode::kDeadlineExceeded, "no answer in time"};
    const int ready = ::poll(&socket, 1, static_cast<int>(left));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Error{ErrorCode::kUnavailable, std::strerror(errno)};
  }
}

Error Connection::failure() const {
  const bool nonsense = context_->err == REDIS_ERR_PROTOCOL;
  return Error{nonsense ? ErrorCode::kDataLoss : ErrorCode::kUnavailable, context_->errstr};
}

}  // namespace marquee::redis
