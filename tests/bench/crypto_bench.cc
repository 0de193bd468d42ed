// Signatures and hashes: the floor under everything else.
#include <benchmark/benchmark.h>

#include "src/crypto/hash.h"
#include "src/crypto/key.h"

namespace pcq::crypto {
namespace {

void verify_signature(benchmark::State& state, KeyType type) {
    const auto key = SigningKey::generate(type);
    const Hash digest = sha256({"something signed"});
    const Bytes signature = key->sign(digest);
    for (auto _ : state) {
        if (!verify(key->public_key(), digest, signature)) return state.SkipWithError("does not hold");
    }
}
BENCHMARK_CAPTURE(verify_signature, ed25519, KeyType::ed25519);
BENCHMARK_CAPTURE(verify_signature, p256, KeyType::p256);

void sign(benchmark::State& state, KeyType type) {
    const auto key = SigningKey::generate(type);
    const Hash digest = sha256({"something to sign"});
    for (auto _ : state) benchmark::DoNotOptimize(key->sign(digest));
}
BENCHMARK_CAPTURE(sign, ed25519, KeyType::ed25519);
BENCHMARK_CAPTURE(sign, p256, KeyType::p256);

void sha256_of_64_bytes(benchmark::State& state) {
    const Bytes left(32, 'l');
    const Bytes right(32, 'r');
    for (auto _ : state) benchmark::DoNotOptimize(sha256({left, right}));
}
BENCHMARK(sha256_of_64_bytes);

}  // namespace
}  // namespace pcq::crypto
