#include "identity/public_key.h"

#include <array>

#include <gmp.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/rsa.h>
#include <nettle/sha2.h>
#include <sodium.h>

namespace marquee::identity {
namespace {

constexpr std::size_t kCoordinateBytes = 32;
constexpr std::size_t kRsaBitsMin = 2'048;
constexpr std::size_t kRsaBitsMax = 8'192;
constexpr std::size_t kExponentBitsMax = 32;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// A GMP number of big-endian bytes.
class Number {
 public:
  explicit Number(std::string_view bytes) {
    mpz_init(value_);
    mpz_import(value_, bytes.size(), 1, 1, 1, 0, bytes.data());
  }
  ~Number() { mpz_clear(value_); }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;
  mpz_srcptr get() const { return value_; }
  std::size_t bits() const { return mpz_sizeinbase(value_, 2); }

 private:
  mpz_t value_;
};

std::array<unsigned char, SHA256_DIGEST_SIZE> sha256_of(std::string_view message) {
  std::array<unsigned char, SHA256_DIGEST_SIZE> digest;
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, message.size(), bytes_of(message));
  sha256_digest(&context, digest.size(), digest.data());
  return digest;
}

class Point {
 public:
  Point() { ecc_point_init(&point_, nettle_get_secp_256r1()); }
  ~Point() { ecc_point_clear(&point_); }
  Point(const Point&) = delete;
  Point& operator=(const Point&) = delete;
  bool set(const PublicKey& key) {
    return key.first.size() == kCoordinateBytes && key.second.size() == kCoordinateBytes &&
           ecc_point_set(&point_, Number(key.first).get(), Number(key.second).get()) == 1;
  }
  const ecc_point* get() const { return &point_; }

 private:
  ecc_point point_;
};

bool verify_p256(const PublicKey& key, std::string_view message, std::string_view signature) {
  Point point;
  if (signature.size() != 2 * kCoordinateBytes || !point.set(key)) return false;
  const Number r(signature.substr(0, kCoordinateBytes));
  const Number s(signature.substr(kCoordinateBytes));
  dsa_signature both;
  dsa_signature_init(&both);
  mpz_set(both.r, r.get());
  mpz_set(both.s, s.get());
  const auto digest = sha256_of(message);
  const bool same = ecdsa_verify(point.get(), digest.size(), digest.data(), &both) == 1;
  dsa_signature_clear(&both);
  return same;
}

class RsaKey {
 public:
  RsaKey() { rsa_public_key_init(&key_); }
  ~RsaKey() { rsa_public_key_clear(&key_); }
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;
  bool set(const PublicKey& key) {
    const Number modulus(key.first);
    const Number exponent(key.second);
    if (modulus.bits() < kRsaBitsMin || modulus.bits() > kRsaBitsMax) return false;
    if (exponent.bits() > kExponentBitsMax || mpz_cmp_ui(exponent.get(), 3) < 0) return false;
    if (mpz_even_p(exponent.get()) != 0 || mpz_even_p(modulus.get()) != 0) return false;
    mpz_set(key_.n, modulus.get());
    mpz_set(key_.e, exponent.get());
    return rsa_public_key_prepare(&key_) == 1;
  }
  const rsa_public_key* get() const { return &key_; }

 private:
  rsa_public_key key_;
};

bool verify_rsa(const PublicKey& key, std::string_view message, std::string_view signature) {
  RsaKey rsa;
  if (!rsa.set(key) || signature.size() != rsa.get()->size) return false;
  const auto digest = sha256_of(message);
  return rsa_sha256_verify_digest(rsa.get(), digest.data(), Number(signature).get()) == 1;
}

bool verify_ed25519(const PublicKey& key, std::string_view message, std::string_view signature) {
  return key.first.size() == crypto_sign_PUBLICKEYBYTES && signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(),
                                     bytes_of(key.first)) == 0;
}

}  // namespace

std::string_view algorithm_of(PublicKey::Kind kind) {
  switch (kind) {
    case PublicKey::Kind::kEd25519:
      return "EdDSA";
    case PublicKey::Kind::kP256:
      return "ES256";
    case PublicKey::Kind::kRsa:
      return "RS256";
  }
  return "";
}

bool is_usable(const PublicKey& key) {
  switch (key.kind) {
    case PublicKey::Kind::kEd25519:
      return key.first.size() == crypto_sign_PUBLICKEYBYTES && key.second.empty();
    case PublicKey::Kind::kP256:
      return Point().set(key);
    case PublicKey::Kind::kRsa:
      return RsaKey().set(key);
  }
  return false;
}

bool verify_signature(const PublicKey& key, std::string_view message, std::string_view signature) {
  switch (key.kind) {
    case PublicKey::Kind::kEd25519:
      return verify_ed25519(key, message, signature);
    case PublicKey::Kind::kP256:
      return verify_p256(key, message, signature);
    case PublicKey::Kind::kRsa:
      return verify_rsa(key, message, signature);
  }
  return false;
}

}  // namespace marquee::identity
