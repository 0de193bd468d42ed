#include "deploy/demo/people.h"

#include <random>

#include "src/crypto/hash.h"

namespace pcq::demo {

Result<std::vector<Person>> make_people(const Households& households, const PeoplePlan& plan) {
    std::vector<Person> people;
    people.reserve(households.homes.size());
    std::mt19937_64 random(plan.seed);
    for (const auto& home : households.homes) {
        auto key = crypto::SigningKey::generate(crypto::KeyType::ed25519);
        if (!key) return key.error();
        const auto public_key = key->public_key();
        const AccountId account = crypto::account_of(public_key);
        Bytes claim = plan.registrar.bytes();
        claim.append(account.view());
        Bytes possession = key->sign(crypto::tagged_hash("possession", plan.chain, claim));
        // Strictly between 0 and 1; the remainder of a 64-bit draw is near enough to uniform.
        const auto theta =
            static_cast<std::int64_t>(1 + random() % static_cast<std::uint64_t>(kRatioOne - 1));
        people.push_back(
            Person{.household = home.id,
                   .wallet = client::Wallet(plan.chain, *std::move(key)),
                   .key = public_key,
                   .possession = std::move(possession),
                   .kyc_commitment = crypto::sha256({"demonstration", home.id, account.view()}).bytes(),
                   .perception = Ratio(theta),
                   .months = home.months,
                   .issued = plan.quota,
                   .emitted = Grams(),
                   .sold = Grams(),
                   .purchased = Grams()});
    }
    return people;
}

Grams margin(const Person& person, std::uint32_t months_over) {
    const std::int64_t accrued = person.issued.value() * months_over / static_cast<std::int64_t>(kMonths);
    return Grams(accrued - person.sold.value() - person.emitted.value());
}

}  // namespace pcq::demo
