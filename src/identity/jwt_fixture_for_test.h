#pragma once

#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <sodium.h>

namespace marquee::identity {

inline std::string base64url(std::string_view bytes) {
  std::string text(
      sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();
  return text;
}

/// An issuer with an Ed25519 key, kid "ed".
class Issuer {
 public:
  Issuer() { crypto_sign_keypair(public_.data(), secret_.data()); }

  std::string jwk() const {
    const std::string_view key(reinterpret_cast<const char*>(public_.data()), public_.size());
    return fmt::format(R"({{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"{}"}})", base64url(key));
  }
  /// The compact form of this header and these claims, with a right signature.
  std::string sign(std::string_view header, std::string_view claims) const {
    const std::string text = base64url(header) + "." + base64url(claims);
    std::array<unsigned char, crypto_sign_BYTES> signature{};
    crypto_sign_detached(signature.data(), nullptr,
                         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                         secret_.data());
    return text + "." +
           base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
  }
  std::string token(std::string_view claims) const {
    return sign(R"({"alg":"EdDSA","kid":"ed","typ":"JWT"})", claims);
  }

 private:
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_{};
};

// Made with OpenSSL 3.0.19: tokens of one viewer that expire at 2025-01-01T01:00:00Z, and the keys.
inline constexpr std::string_view kRsaJwk =
    R"({"kty":"RSA","kid":"rsa","alg":"RS256","use":"sig","e":"AQAB","n":")"
    "4tuQtViydQxC0UPLmwCm33T8LKu8_"
    "cgHtU6us4TwsEyILBqb0ToLWiAAPHgYyCMJYiO32INrMLkKULTCUV6xWoU9RRuA14lKis58AaA7-1PhJJyq5ROnrkS-"
    "c6F-UC1y3rGsL4_"
    "PPOFJhsQGlxHCvyBTkNf8Ec7f9ZHDSfnARe9aXCuskWfAeyrCIuKvsd0tsqdRdZ9od3FIrWQIApABQlU7jvCpT8qmur1uK"
    "cxM7bymo6TwvihPUQigDpzsSIEFYVAo68NBrxTCGYk_4w7EesZvWRgG6KJjMjMjjegIZbrDjN-"
    "6UZjzMYtfrUKibZ7G9svOoygkUZSD6gKXSV03OQ"
    R"("})";
inline constexpr std::string_view kEcJwk =
    R"({"kty":"EC","crv":"P-256","kid":"ec","x":"cBGdZYdvOaGEZ31w4gT_T0wV7lGzOFd6BwjaJ-mU6AE",)"
    R"("y":"gmQY_ghr84wINYssb9YyQYlLIx6LbCIfqV6B3LkYkps"})";
inline constexpr std::string_view kSmallRsaJwk =
    R"({"kty":"RSA","kid":"small","e":"AQAB","n":")"
    "tPfufGe0S0zn1RSZipfRo0EBkodPu4dE_3xPxMrcEwAaZaaPJduhRMwRTGlrRtxMN3TtcYZKLPRKbfXAMmHEJ-wTxR1T6u"
    "4kp8wGtuPC1WQVUbfBFWgqnWdN7cUNwj1n05-4SqGkG-SqymdO8iqrHbvEcvfEGPDetzLx17tiTsk"
    R"("})";
inline constexpr std::string_view kRsaToken =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxl"
    "IiwiYXVkIjoibWFycXVlZSIsInN1YiI6ImFubiIsImV4cCI6MTczNTY5MzIwMH0.VRWYQ9AhV0EuRqU0uvChZnF0Hqk3U"
    "omabP4J5sgEdfAbRZ7DbhqdPeYny1cf8oJiU6U4PdZy-j5fkizNQ9NuIWKUYkvRJBQJ100ceVnXGO5ESSqpvFa8c5qEfT"
    "8yousjUzh3KW7-aoLlKc3rgV05NPMFDgx6mglxP5_lGdE5Dws4Q-PLCc6R2MeGAj69JCe9nnwuepxqZjFFU58ov8ejI1f"
    "GxQRLuTH7L_4Bt2zet5y1A4dTIHS2UnpHBJwjTmjsVtfE--oTonevZQNBGKmZbTB6ZcUKUUCM6rs-wGpvvmiWjzG0KNPm"
    "zf7plr66LbMFxUvgSvCkUBtho7dAtNDC4w";
inline constexpr std::string_view kEcToken =
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImVjIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlI"
    "iwiYXVkIjoibWFycXVlZSIsInN1YiI6ImFubiIsImV4cCI6MTczNTY5MzIwMH0.MoQPBo8byQwEW8YOt3armRvYHGvu-4"
    "RpOa--Dnh3W6gl1yoCzTBvsXknn4TnVreC6sv7nyXBZN0x25qCOggL0Q";

}  // namespace marquee::identity
