#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/compression.h"
#include "http/status.h"

namespace marquee::http {
namespace {

constexpr std::size_t kCompressFrom = 1024;
constexpr std::string_view kGzipMark = "-gzip";

constexpr std::string_view kSecurity =
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Frame-Options: DENY\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";
constexpr std::string_view kPolicyOfHtml =
    "Content-Security-Policy: default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n";
constexpr std::string_view kPolicyOfData =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  out.append(digits.data(),
             std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

/// A line break inside a header would start another one; no handler means that.
void append_line(std::string& out, std::string_view name, std::string_view value) {
  const auto append_clean = [&out](std::string_view text) {
    if (text.find_first_of("\r\n") == std::string_view::npos) {
      out += text;
    } else {
      std::copy_if(text.begin(), text.end(), std::back_inserter(out),
                   [](char c) { return c != '\r' && c != '\n'; });
    }
  };
  append_clean(name);
  out += ": ";
  append_clean(value);
  out += "\r\n";
}

bool has_no_body(int status) { return status == 204 || status == 304 || status < 200; }

bool has_header(const Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [name](const auto& header) { return header.first == name; });
}

}  // namespace

std::string http_date(std::time_t at) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&at, &utc);
  std::string out;
  const auto two_digits = [&out](int number) {
    out += static_cast<char>('0' + number / 10);
    out += static_cast<char>('0' + number % 10);
  };
  out += kDays[static_cast<std::size_t>(utc.tm_wday)];
  out += ", ";
  two_digits(utc.tm_mday);
  out += ' ';
  out += kMonths[static_cast<std::size_t>(utc.tm_mon)];
  out += ' ';
  append_number(out, static_cast<std::size_t>(utc.tm_year) + 1900);
  out += ' ';
  two_digits(utc.tm_hour);
  out += ':';
  two_digits(utc.tm_min);
  out += ':';
  two_digits(utc.tm_sec);
  out += " GMT";
  return out;
}

void append_head(std::string& out, const Response& response, const Envelope& envelope) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(response.status));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nServer: marquee\r\nDate: ";
  out += envelope.date;
  out += "\r\n";
  const bool empty = has_no_body(response.status);
  if (!empty) {
    append_line(out, "Content-Type", response.content_type);
    if (envelope.framing == Envelope::Framing::kLength) {
      out += "Content-Length: ";
      append_number(out, envelope.body_size);
      out += "\r\n";
    } else if (envelope.framing == Envelope::Framing::kChunked) {
      out += "Transfer-Encoding: chunked\r\n";
    }
  }
  if (envelope.close) out += "Connection: close\r\n";
  bool caching_said = false;
  for (const auto& [name, value] : response.headers) {
    if (name == "Connection") continue;  // the envelope's business
    caching_said = caching_said || name == "Cache-Control";
    append_line(out, name, value);
  }
  if (!caching_said) out += "Cache-Control: no-store\r\n";
  out += kSecurity;
  out += response.content_type.starts_with("text/html") ? kPolicyOfHtml : kPolicyOfData;
  out += envelope.more_lines;
  out += "\r\n";
}

void append_chunk(std::string& out, std::string_view bytes, bool last) {
  if (!bytes.empty()) {  // an empty chunk would be the end
    std::array<char, 16> digits;
    out.append(digits.data(),
               std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr);
    out += "\r\n";
    out += bytes;
    out += "\r\n";
  }
  if (last) out += "0\r\n\r\n";
}

void encode_body(Response& response, std::string_view accept_encoding) {
  if (response.static_body || response.body.size() <= kCompressFrom ||
      !is_compressible(response.content_type) || has_header(response, "Content-Encoding")) {
    return;
  }
  if (!has_header(response, "Vary")) response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!accepts_gzip(accept_encoding)) return;
  Result<std::string> packed = gzip(response.body);
  if (!packed.ok()) return;  // the plain body is an answer too
  response.body = std::move(*packed);
  response.headers.emplace_back("Content-Encoding", "gzip");
  for (auto& [name, value] : response.headers) {
    if (name == "ETag") value = gzip_etag(value);
  }
}

std::string gzip_etag(std::string_view etag) {
  std::string marked(etag);
  if (marked.ends_with('"')) marked.insert(marked.size() - 1, kGzipMark);
  return marked;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  if (etag.size() < 2) return false;
  const std::string packed = gzip_etag(etag);
  while (!if_none_match.empty()) {
    const std::size_t end = std::min(if_none_match.find(','), if_none_match.size());
    std::string_view item = if_none_match.substr(0, end);
    if_none_match.remove_prefix(std::min(end + 1, if_none_match.size()));
    while (item.starts_with(' ') || item.starts_with('\t')) item.remove_prefix(1);
    while (item.ends_with(' ') || item.ends_with('\t')) item.remove_suffix(1);
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == "*" || item == etag || item == packed) return true;
  }
  return false;
}

}  // namespace marquee::http
