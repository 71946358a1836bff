#include "adapters/s3/s3_error.h"

#include <algorithm>
#include <array>

namespace marquee::s3 {
namespace {

// Names of Aws::S3::S3Errors and Aws::Client::CoreErrors as Arrow spells them in its messages; its
// headers do not give them away.
constexpr std::array<std::string_view, 7> kNotLetIn = {
    "ACCESS_DENIED",           "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH",
    "INVALID_CLIENT_TOKEN_ID", "UNRECOGNIZED_CLIENT",   "EXPIRED_TOKEN",
    "REQUEST_TIME_TOO_SKEWED"};
constexpr std::string_view kMark = "AWS Error ";

/// Numbers of libcurl (libcurl-errors(3)): a certificate that is not believed, or not the host's,
/// and a file of authorities that cannot be used.
constexpr std::array<std::string_view, 2> kNotBelieved = {"curlCode: 60,", "curlCode: 77,"};

/// "NO_SUCH_BUCKET" of the message; empty when it has none.
std::string_view kind_of(std::string_view text) {
  const std::size_t at = text.find(kMark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + kMark.size());
  return rest.substr(0, rest.find(' '));
}

/// One line, and no more than a log wants to have.
std::string short_form(std::string_view text) {
  constexpr std::size_t kLengthMax = 300;
  std::string out(text.substr(0, kLengthMax));
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < ' '; }, ' ');
  return out;
}

}  // namespace

Error error_of(std::string_view text, const S3Address& address) {
  const std::string_view kind = kind_of(text);
  if (kind == "NO_SUCH_BUCKET") {
    return Error{ErrorCode::kFailedPrecondition, address.shown + ": there is no bucket '" +
                                                     address.bucket +
                                                     "'; create it, or correct the URI"};
  }
  if (std::find(kNotLetIn.begin(), kNotLetIn.end(), kind) != kNotLetIn.end()) {
    return Error{
        ErrorCode::kPermissionDenied,
        address.shown + ": the access key may not do this (" + std::string(kind) +
            "); check the key, its secret, its rights on the bucket, and this machine's clock"};
  }
  const auto is_said = [&](std::string_view words) { return text.find(words) != text.npos; };
  if (std::any_of(kNotBelieved.begin(), kNotBelieved.end(), is_said)) {
    return Error{ErrorCode::kFailedPrecondition,
                 address.shown +
                     ": the server's certificate is not believed; check ca_file and the "
                     "host of the endpoint in the setting objects"};
  }
  return Error{ErrorCode::kUnavailable, address.shown + ": " + short_form(text)};
}

}  // namespace marquee::s3
