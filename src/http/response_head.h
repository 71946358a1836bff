#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include "http/message.h"

namespace marquee::http {

/// `at` as an IMF-fixdate (RFC 9110 §5.6.7): "Tue, 24 Nov 2026 04:00:41 GMT".
std::string http_date(std::time_t at);

/// What the connection adds to a response.
struct Envelope {
  std::string_view date;  ///< http_date of now
  std::size_t body_size = 0;
  /// How the client knows where the body ends (RFC 9112 §6.3); HTTP/1.0 does not know chunks.
  enum class Framing { kLength, kChunked, kUntilClose } framing = Framing::kLength;
  bool close = false;                ///< "Connection: close"
  std::string_view more_lines = {};  ///< of a filter, each with its CRLF
};

/// Appends status line and headers, empty line included: the response's own, then Date, Server,
/// framing and the security headers (OWASP secure headers; a Content-Security-Policy that lets HTML
/// load from its own origin only and everything else nothing).
void append_head(std::string& out, const Response& response, const Envelope& envelope);

/// Appends `bytes` as one chunk, and after the last one the end of the chunked body (RFC 9112
/// §7.1).
void append_chunk(std::string& out, std::string_view bytes, bool last);

/// Compresses the body when the client takes gzip and it is worth it. Sets Content-Encoding and
/// Vary, and marks a strong ETag with "-gzip": two encodings are two representations.
void encode_body(Response& response, std::string_view accept_encoding);

/// The ETag of the gzip representation of what has this strong one: "x" → "x-gzip".
std::string gzip_etag(std::string_view etag);

/// True when an If-None-Match header names `etag` (quoted), in any encoding, or is "*".
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace marquee::http
