#include "adapters/s3/s3_address.h"

#include <algorithm>
#include <string_view>

#include "base/tls_files.h"
#include "ports/object_store.h"

namespace marquee::s3 {
namespace {

/// The grammar of bucket names (Amazon S3 User Guide, "General purpose bucket naming rules"), of
/// which the parts that could be taken for something else: lengths, characters, ends.
bool is_bucket_name(std::string_view name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return name.size() >= 3 && name.size() <= 63 && is_plain(name.front()) && is_plain(name.back()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_plain(c) || c == '-' || c == '.'; });
}

Result<void> read_endpoint(std::string_view text, S3Address& address) {
  MARQUEE_TRY(const ServiceUri endpoint, ServiceUri::parse(text));
  const bool is_http = endpoint.scheme == "http" || endpoint.scheme == "https";
  const bool is_plain = endpoint.user.empty() && !endpoint.password && endpoint.query.empty();
  if (!is_http || !is_plain || !endpoint.path.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "the endpoint is not http://HOST:PORT or https://HOST:PORT and nothing else"};
  }
  address.tls = endpoint.scheme == "https";
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  address.endpoint = is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host;
  if (endpoint.port) address.endpoint += ":" + std::to_string(*endpoint.port);
  return {};
}

Result<void> read_authorities(std::string_view ca_file, S3Address& address) {
  if (!address.tls) {
    return Error{ErrorCode::kInvalidArgument,
                 "a ca_file is for TLS: the endpoint has to begin with https://"};
  }
  address.ca_file = ca_file;
  return TlsFiles{address.ca_file, "", ""}.check();
}

}  // namespace

Result<S3Address> S3Address::from(const ServiceUri& uri) {
  const auto refuse = [&](const std::string& what) {
    return Error{ErrorCode::kInvalidArgument,
                 uri.to_string() + ": " + what +
                     " (s3://BUCKET[/PREFIX]?endpoint=http://HOST:PORT&region=NAME; https with "
                     "&ca_file=PEM)"};
  };
  if (uri.scheme != "s3") return refuse("is not the address of an S3 bucket");
  if (!uri.user.empty() || uri.password) {
    return refuse("keys do not belong into the URI; give them by the environment");
  }
  if (uri.port) return refuse("a bucket has no port; the endpoint has");
  MARQUEE_CHECK(uri.check_parameters({"endpoint", "region", "ca_file"}));
  if (!is_bucket_name(uri.host)) return refuse("'" + uri.host + "' is no name of a bucket");
  S3Address address;
  address.bucket = uri.host;
  address.prefix = uri.path;
  while (address.prefix.ends_with('/')) address.prefix.pop_back();
  if (!address.prefix.empty() && !check_object_key(address.prefix).ok()) {
    return refuse("'" + address.prefix + "' is no prefix of object keys");
  }
  if (const auto endpoint = uri.parameter("endpoint")) {
    if (auto read = read_endpoint(*endpoint, address); !read.ok()) {
      return refuse(read.error().message);
    }
  }
  if (const auto ca_file = uri.parameter("ca_file")) {
    if (auto read = read_authorities(*ca_file, address); !read.ok()) {
      return refuse(read.error().message);
    }
  }
  if (const auto region = uri.parameter("region")) address.region = *region;
  if (address.region.empty()) return refuse("the region is empty");
  address.shown = uri.to_string();
  return address;
}

}  // namespace marquee::s3
